/** B16 by e-mail: what lasting failure leads to, told day by day, and its end. */
import { expect, test } from 'vitest'
import { testDatabase } from '../support/database.ts'
import { catcherForTest, mailerForTest, mailsIn } from '../support/mail.ts'
import { declineAll, declineNothing, expectSound, freshEngine, owing } from '../support/scenes.ts'

const database = testDatabase()

test('B16 F35 failure, reminders, suspension, payment and restoration: one mail each, in that order', async () => {
  const catcher = await catcherForTest()
  const engine = await freshEngine(database, { mailer: mailerForTest(catcher.smtpUrl) })
  await owing(engine)
  declineAll(engine)
  await engine.idle()
  for (const day of ['2027-02-02', '2027-02-04', '2027-02-08', '2027-02-15', '2027-02-16', '2027-03-03']) {
    engine.setNow(`${day}T12:00:00Z`)
    await engine.idle()
  }
  const told = (await mailsIn(catcher)).slice(1)
  expect(told.map(({ subject }) => subject)).toEqual([
    'Payment of $12.34 failed',
    'Payment overdue: $12.34',
    'Payment overdue: $12.34',
    'Payment overdue: $12.34',
    'Your service is interrupted',
  ])
  expect(told[1]?.text).toContain('Unless it is paid, your service is interrupted on 3 March 2027.')
  expect(told[4]?.text).toContain('$12.34 has stayed unpaid for too long')
  catcher.clear()
  declineNothing(engine)
  engine.setNow('2027-03-04T12:00:00Z')
  await engine.idle()
  const after = await mailsIn(catcher)
  expect(after.map(({ subject }) => subject).sort()).toEqual(['Payment received: $12.34', 'Your service is restored'])
  await expectSound(engine)
})
