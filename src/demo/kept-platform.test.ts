/** `start` throws away what it left half made, and nothing else, ever. */
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { testDatabase } from '../../test/support/database.ts'
import { temporaryFolder } from '../../test/support/mail.ts'
import { freshEngine } from '../../test/support/scenes.ts'
import { addAccounts } from '../operations/add-accounts.ts'
import { createKey } from '../operations/identity/api-keys.ts'
import { operator } from '../operations/identity/audit.ts'
import { beginPlatform, keepPlatform, removeHalfMade } from './kept-platform.ts'

const database = testDatabase()

/** A data folder with a database server's files in it. */
function dataFolder(): string {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'postgres'))
  return folder
}
const isThere = (folder: string) => existsSync(join(folder, 'postgres'))
const at = (folder: string) => ({ dataFolder: folder, databaseUrl: null })

test('somebody’s accounts are refused, however often it is tried, and stay', async () => {
  const { system, now } = await freshEngine(database)
  const account = { accountId: 'OP0000000001', kind: 'business', email: 'a@example.com', coverages: ['g'] } as const
  await addAccounts(system, [account], now())
  const folder = dataFolder()
  for (let times = 0; times < 2; times++) {
    removeHalfMade(at(folder))
    await expect(beginPlatform(system.db, at(folder))).rejects.toThrow('holds accounts already')
  }
  expect(readdirSync(folder)).toEqual(['postgres'])
})

test('a platform that is half made is made anew, one that is whole is kept', async () => {
  const { system } = await freshEngine(database)
  const folder = dataFolder()
  removeHalfMade(at(folder))
  await beginPlatform(system.db, at(folder))
  removeHalfMade(at(folder))
  expect(isThere(folder)).toBe(false)

  const whole = dataFolder()
  await beginPlatform(system.db, at(whole))
  const { keyId, key } = await createKey(system, { name: 'demo', scopes: ['fees:write'], expiresAt: null }, operator)
  keepPlatform(whole, { keyId, platformKey: key })
  removeHalfMade(at(whole))
  expect(isThere(whole)).toBe(true)
  await beginPlatform(system.db, at(whole))
})

test('a kept platform does not go on in another database', async () => {
  const { system } = await freshEngine(database)
  const folder = dataFolder()
  keepPlatform(folder, { keyId: system.makeId(0, system.wallNow()), platformKey: 'kak_' })
  await expect(beginPlatform(system.db, at(folder))).rejects.toThrow('not its own')
})

test('a database that DATABASE_URL names leads to nothing being removed', async () => {
  const { system } = await freshEngine(database)
  const folder = dataFolder()
  await beginPlatform(system.db, { dataFolder: folder, databaseUrl: database.url })
  removeHalfMade(at(folder))
  expect(isThere(folder)).toBe(true)
})
