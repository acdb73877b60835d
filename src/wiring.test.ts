/** What opening the system refuses: a database that real cards were charged from is never taken for a sandbox. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { testDatabase } from '../test/support/database.ts'
import { freezeClock } from './postgres/clock.ts'
import { readSettings } from './settings.ts'
import { wire } from './wiring.ts'

const database = testDatabase()

test('a database that charged real cards is opened with its keys only, and in no moved time', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kessai-wiring-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const open = (keys: Record<string, string>) =>
    wire(
      readSettings({ DATABASE_URL: database.url, KESSAI_DATA: folder, KESSAI_LOG: 'silent', ...keys }, folder),
    ).open()
  const simulated = await open({})
  await freezeClock(
    simulated.system.db,
    Date.parse('2037-01-01T00:00:00Z') as Awaited<ReturnType<typeof simulated.clock.now>>,
  )
  expect(await simulated.clock.now()).toBe(Date.parse('2037-01-01T00:00:00Z'))
  await simulated.close()

  const keys = { STRIPE_SECRET_KEY_G: 'sk_live_x', STRIPE_PUBLISHABLE_KEY_G: 'pk_live_x' }
  const live = await open(keys)
  expect(await live.clock.now()).toBeLessThan(Date.parse('2036-01-01T00:00:00Z'))
  await live.close()

  await expect(open({})).rejects.toThrow('charged real cards for g: set STRIPE_SECRET_KEY_G again')
  const again = await open({ ...keys, STRIPE_SECRET_KEY_JP: 'sk_live_y', STRIPE_PUBLISHABLE_KEY_JP: 'pk_live_y' })
  await again.close()
  await expect(open(keys)).rejects.toThrow('STRIPE_SECRET_KEY_JP')
})
