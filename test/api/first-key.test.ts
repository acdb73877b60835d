/** The way in for a platform's first program: a key from the command line, before there is any staff. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { apiOn } from '../support/api.ts'
import { testDatabase } from '../support/database.ts'
import { temporaryFolder } from '../support/mail.ts'
import { freshEngine } from '../support/scenes.ts'

const database = testDatabase()
const command = join(import.meta.dirname, '..', '..', 'bin', 'kessai')

test('bin/kessai key create prints a key that does what its scopes say, and no more', async () => {
  const { ask } = await apiOn(await freshEngine(database))
  const env = { ...process.env, DATABASE_URL: database.url, KESSAI_DATA: temporaryFolder() }
  const create = (...more: string[]) =>
    new Promise<{ code: number | null; out: string }>((resolve) => {
      const args = ['key', 'create', '--json', '--name', 'usage', ...more]
      const child = execFile(command, args, { env }, (_error, out) => resolve({ code: child.exitCode, out }))
    })
  const { code, out } = await create('--scope', 'accounts:read', 'standing:read')
  expect(code).toBe(0)
  const { key } = JSON.parse(out) as { key: string } // its own shape
  expect((await ask(key, 'GET', '/standings')).status).toBe(200)
  expect((await ask(key, 'GET', '/accounts/OP0000000001/payment-settings')).status).toBe(403)
  expect(await create('--scope', 'everything')).toMatchObject({ code: 5, out: '' })
  expect(await create()).toMatchObject({ code: 5, out: '' })
})
