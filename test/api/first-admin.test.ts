/** The way in for the first admin: from the command line to a session that manages everything else. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { apiOn } from '../support/api.ts'
import { testDatabase } from '../support/database.ts'
import { temporaryFolder } from '../support/mail.ts'
import { freshEngine } from '../support/scenes.ts'

const database = testDatabase()
const command = join(import.meta.dirname, '..', '..', 'bin', 'kessai')

test('bin/kessai staff add prints a link that becomes an admin; staff invite replaces it', async () => {
  const { ask } = await apiOn(await freshEngine(database))
  const folder = temporaryFolder()
  const kessai = (...args: string[]) =>
    new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
      const env = { ...process.env, DATABASE_URL: database.url, KESSAI_DATA: folder }
      const child = execFile(command, args, { env }, (_error, out, err) => resolve({ code: child.exitCode, out, err }))
    })
  const email = 'aoi@example.com'
  const password = 'a long enough password'
  const added = await kessai('staff', 'add', email, '--name', 'Aoi Tanaka')
  expect(added).toMatchObject({ code: 0, err: '' })
  const first = /#(kpl_[\w-]{43})/.exec(added.out)?.[1]
  expect(await kessai('staff', 'add', email, '--name', 'Aoi')).toMatchObject({ code: 1, out: '' })
  const invited = JSON.parse((await kessai('staff', 'invite', email, '--json')).out) as { token: string }
  const setUp = (token: unknown) => ask(null, 'POST', '/staff/set-up/finish', { token, password })
  expect([(await setUp(first)).status, (await setUp(invited.token)).status]).toEqual([410, 200])
  const opened = await ask(null, 'POST', '/staff/sign-in', { email, password })
  expect((await ask(String(opened.body.token), 'GET', '/staff')).body.items).toMatchObject([{ email, role: 'admin' }])
  expect(await kessai('staff', 'invite', 'nobody@example.com')).toMatchObject({ code: 3 })
})
