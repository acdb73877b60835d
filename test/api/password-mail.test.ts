/** A forgotten password, from the request to the new one, by nothing but what arrives in the mail. */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { apiOn } from '../support/api.ts'
import { testDatabase } from '../support/database.ts'
import { accountWithCard } from '../support/engine.ts'
import { catcherForTest, mailerForTest, mailsIn } from '../support/mail.ts'
import { accountNumber, freshEngine } from '../support/scenes.ts'

const database = testDatabase()

test('F57 the link in the mail sets a password; its token is nowhere else', async () => {
  const catcher = await catcherForTest()
  const engine = await freshEngine(database, { mailer: mailerForTest(catcher.smtpUrl) })
  await accountWithCard(engine, accountNumber(1))
  await engine.idle()
  catcher.clear()
  const { ask } = await apiOn(engine)
  const email = `${accountNumber(1)}@example.com`
  const password = 'a new and long password'

  const asked = await ask(null, 'POST', '/password-resets', { email })
  expect(asked.status).toBeLessThan(300)
  const nobody = await ask(null, 'POST', '/password-resets', { email: 'nobody@example.com' })
  expect([nobody.status, nobody.text]).toEqual([asked.status, asked.text])
  await engine.idle()

  const mails = await mailsIn(catcher)
  expect(mails.map(({ to, subject }) => [to, subject])).toEqual([[email, 'Set a new password']])
  const token = decodeURIComponent(/set-password#(\S+)/.exec(mails[0]?.text ?? '')?.[1] ?? '')
  expect(token.length).toBeGreaterThan(30)
  const { rows } = await sql<{ row: string }>`
    select to_jsonb(m)::text as row from messages m union all select to_jsonb(e)::text from events e
    union all select to_jsonb(p)::text from password_links p union all select to_jsonb(a)::text from audit a`.execute(
    engine.system.db,
  )
  expect(rows.filter(({ row }) => row.includes(token))).toEqual([])

  const finished = await ask(null, 'POST', '/password-resets/finish', { token, password })
  expect(finished.status, finished.text).toBeLessThan(300)
  expect(await ask(null, 'POST', '/sign-in', { email, password })).toMatchObject({ status: 200 })
  expect((await ask(null, 'POST', '/password-resets/finish', { token, password })).status).toBeGreaterThanOrEqual(400)
})
