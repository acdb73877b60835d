/** Who is told what by e-mail, and once: from what happens to what arrives at a real mail server. */
import { expect, test } from 'vitest'
import { activate } from '../../src/operations/activate.ts'
import { testDatabase } from '../support/database.ts'
import { accountWithCard, addFees, registerCard } from '../support/engine.ts'
import { catcherForTest, mailerForTest, mailsIn, messagesOf, subjectsIn } from '../support/mail.ts'
import { closing, declineAll, declineNothing, freshEngine, outstanding, owing } from '../support/scenes.ts'

const database = testDatabase()
const root = 'OP0000000001@example.com'

async function scene() {
  const catcher = await catcherForTest()
  const engine = await freshEngine(database, { mailer: mailerForTest(catcher.smtpUrl) })
  return { catcher, engine }
}

test('a paid month is told once, with the sum and the card', async () => {
  const { catcher, engine } = await scene()
  await owing(engine)
  await engine.idle()
  await engine.idle()
  expect(subjectsIn(catcher)).toEqual([`${root}: Your card was registered`, `${root}: Payment received: $12.34`])
  const [, mail] = await mailsIn(catcher)
  expect(mail?.text).toContain('Your service fees of January 2027 are paid.')
  expect(mail?.text).toContain('Visa •••• 4242')
  expect(mail?.text).toContain('https://pay.example.com/payment-settings/g')
})
