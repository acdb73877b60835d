/** Who is told what by e-mail, and once: from what happens to what arrives at a real mail server. */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { bucketOfAccount } from '../../src/domain/bucket.ts'
import { parseDay } from '../../src/domain/calendar.ts'
import { activate } from '../../src/operations/activate.ts'
import { queueLink } from '../../src/operations/mail/queue-message.ts'
import { closeAccount } from '../../src/operations/put-account.ts'
import { grantTrial } from '../../src/operations/trials.ts'
import { transaction } from '../../src/postgres/database.ts'
import { appendEvents } from '../../src/postgres/events.ts'
import { testDatabase } from '../support/database.ts'
import { accountWithCard, addFees, type Engine, goodCard, registerCard } from '../support/engine.ts'
import { catcherForTest, mailerForTest, mailsIn, messagesOf, subjectsIn } from '../support/mail.ts'
import { closing, declineAll, declineNothing, freshEngine, idleOf, owing } from '../support/scenes.ts'

const database = testDatabase()
const accountId = 'OP0000000001'
const root = `${accountId}@example.com`

async function scene() {
  const catcher = await catcherForTest()
  const engine = await freshEngine(database, { mailer: mailerForTest(catcher.smtpUrl) })
  return { catcher, engine }
}

/** One account that owes 12.34 USD of January; its mail about the registration is gone. */
async function owingScene() {
  const { catcher, engine } = await scene()
  await owing(engine)
  await engine.idle()
  catcher.clear()
  return { catcher, engine }
}

async function atDaysEnd(engine: Engine, day: string) {
  engine.setNow(`${day}T23:00:00Z`)
  await engine.idle()
}

test('a paid month is told once, with sum, card and the one link that helps', async () => {
  const { catcher, engine } = await scene()
  await owing(engine)
  await engine.idle()
  await engine.idle()
  expect(subjectsIn(catcher)).toEqual([`${root}: Your card was registered`, `${root}: Payment received: $12.34`])
  const [registered, paid] = await mailsIn(catcher)
  expect(registered?.text).toContain('Visa •••• 4242')
  expect(paid?.text).toContain('Your service fees of January 2027 are paid.')
  expect(paid?.text).toContain('https://pay.example.com/payment-settings/g')
  expect(paid?.headers).toMatchObject({ 'auto-submitted': 'auto-generated', 'content-language': 'en' })
})

test('F38 yen are yen, and an account of Japan is written to in Japanese', async () => {
  const { catcher, engine } = await scene()
  await accountWithCard(engine, accountId, ['jp'])
  await addFees(engine, [{ accountId, coverage: 'jp', month: '2027-01', amount: '24381' }])
  engine.setNow(closing)
  await engine.idle()
  expect(subjectsIn(catcher)).toEqual([`${root}: カードを登録しました`, `${root}: 24,381円のお支払いを確認しました`])
})

test('F35 a failure is told at once, not again every day, and its success once', async () => {
  const { catcher, engine } = await scene()
  await owing(engine)
  declineAll(engine)
  await engine.idle()
  for (const day of ['2027-02-02', '2027-02-03']) await atDaysEnd(engine, day)
  declineNothing(engine)
  await atDaysEnd(engine, '2027-02-04')
  expect(
    subjectsIn(catcher)
      .slice(1)
      .filter((line) => !line.includes('overdue')),
  ).toEqual([`${root}: Payment of $12.34 failed`, `${root}: Payment received: $12.34`])
  const failed = (await mailsIn(catcher))[1]
  expect(failed?.text).toContain('The card does not have enough available credit or funds.')
  expect(failed?.text).toContain('See that the card has enough available credit or funds')
  expect(failed?.text).toContain('The payment is tried again automatically on 2 Feb, 09:00 UTC.')
})

test('F35 a failure that only the customer can end is told once more, as one', async () => {
  const { catcher, engine } = await scene()
  await owing(engine)
  catcher.clear()
  declineAll(engine)
  await engine.idle()
  declineAll(engine, 'stolen_card')
  await atDaysEnd(engine, '2027-02-02')
  await atDaysEnd(engine, '2027-02-03')
  const mails = await mailsIn(catcher)
  expect(mails.map(({ subject }) => subject)).toEqual(['Payment of $12.34 failed', 'Payment of $12.34 failed'])
  expect(mails[1]?.text).toContain('Register another card; the payment is then made at once.')
  // Only staff may know that (B11).
  expect(`${mails[1]?.text}${mails[1]?.html}`).not.toMatch(/stolen/i)
})

test('F35 a failure that was paid before anybody could be told of it is not told', async () => {
  const catcher = await catcherForTest()
  const engine = await freshEngine(database)
  await owing(engine)
  declineAll(engine)
  await engine.idle()
  declineNothing(engine)
  await activate(engine.system, { accountId, coverage: 'g' }, engine.now())
  await engine.idle()
  expect(await messagesOf(engine)).toEqual([
    'method_changed queued 0',
    'payment_failed queued 0',
    'payment_received queued 0',
  ])
  const system = { ...engine.system, mailer: mailerForTest(catcher.smtpUrl) }
  await idleOf(system, engine.now())
  expect(subjectsIn(catcher)).toEqual([`${root}: Your card was registered`, `${root}: Payment received: $12.34`])
  expect(await messagesOf(engine)).toContain('payment_failed dropped 0 paid_meanwhile')
})

test('F35 the payer who is present reads on the page what failed, and gets no mail of it', async () => {
  const { catcher, engine } = await owingScene()
  declineAll(engine)
  await registerCard(engine, accountId, 'g')
  expect(subjectsIn(catcher)).toEqual([])
})

test('F24 what is undone is told to nobody', async () => {
  const { catcher, engine } = await scene()
  await accountWithCard(engine, accountId)
  await engine.idle()
  catcher.clear()
  const bucket = bucketOfAccount(accountId)
  const event = { event_id: engine.system.makeId(bucket, engine.now()), account_id: accountId, coverage: 'g' }
  const undone = transaction(engine.system.db, async (tx) => {
    await appendEvents(tx, bucket, [{ ...event, kind: 'restored' }], engine.now())
    throw new Error('undone')
  })
  await expect(undone).rejects.toThrow('undone')
  await engine.idle()
  expect(subjectsIn(catcher)).toEqual([])
})

test('F24 nobody can send an e-mail inside a transaction', async () => {
  const { catcher, engine } = await scene()
  const mail = { to: root, subject: 's', text: 't', html: 'h', messageId: '<1@a.b>', language: 'en', headers: {} }
  const sending = transaction(engine.system.db, async () => engine.system.mailer?.send(mail))
  await expect(sending).rejects.toThrow('inside a transaction')
  expect(subjectsIn(catcher)).toEqual([])
})

test('a card is told of once, when it expires at the end of next month', async () => {
  const { catcher, engine } = await scene()
  await accountWithCard(engine, accountId, ['g'], { ...goodCard, expMonth: 3, expYear: 2027 })
  await atDaysEnd(engine, '2027-01-31')
  catcher.clear()
  await atDaysEnd(engine, '2027-02-01')
  await atDaysEnd(engine, '2027-02-02')
  await atDaysEnd(engine, '2027-03-02')
  expect(subjectsIn(catcher)).toEqual([`${root}: Your card expires in March 2027`])
})

test('of a card that was replaced nobody is told that it expires', async () => {
  const { catcher, engine } = await scene()
  await accountWithCard(engine, accountId, ['g'], { ...goodCard, expMonth: 3, expYear: 2027 })
  await registerCard(engine, accountId, 'g')
  await engine.idle()
  catcher.clear()
  await atDaysEnd(engine, '2027-02-01')
  expect(subjectsIn(catcher)).toEqual([])
})

test('a trial that ended without a method', async () => {
  const { catcher, engine } = await scene()
  await accountWithCard(engine, accountId, [])
  await sql`insert into payment_settings (bucket, account_id, coverage, method, updated_at)
    select bucket, account_id, 'g', 'none', created_at from accounts`.execute(engine.system.db)
  const endsOn = parseDay('2027-01-15')
  if (!endsOn) throw new Error('not a day')
  await grantTrial(engine.system, { accountId, coverage: 'g', endsOn, grantedBy: 'somebody' }, engine.now())
  await atDaysEnd(engine, '2027-01-16')
  expect(subjectsIn(catcher)).toEqual([`${root}: Your trial has ended`])
})

test('F47 a reminder asks for what is still due when it is sent, and for nothing once that is paid', async () => {
  const { catcher, engine } = await scene()
  await owing(engine)
  declineAll(engine)
  await engine.idle()
  catcher.clear()
  await remind(engine)
  await engine.idle()
  expect(subjectsIn(catcher)).toEqual([`${root}: Payment overdue: $12.34`])
  const [mail] = await mailsIn(catcher)
  expect(mail?.text).toContain('Unpaid: January 2027: $12.34')
  expect(mail?.text).toContain('your service is interrupted on 3 March 2027')
  declineNothing(engine)
  await atDaysEnd(engine, '2027-02-02')
  catcher.clear()
  await remind(engine)
  await engine.idle()
  expect(subjectsIn(catcher)).toEqual([])
})

test('F30 a closed account is not asked for money any more', async () => {
  const { catcher, engine } = await scene()
  await owing(engine)
  declineAll(engine)
  await engine.idle()
  catcher.clear()
  await remind(engine)
  await closeAccount(engine.system, accountId, engine.now())
  await engine.idle()
  expect(subjectsIn(catcher)).toEqual([])
  expect(await messagesOf(engine)).toContain('reminder dropped 0 account_closed')
})

/** As the standing does it, with a sum that is no longer right. */
async function remind(engine: Engine): Promise<void> {
  const bucket = bucketOfAccount(accountId)
  const event = {
    event_id: engine.system.makeId(bucket, engine.now()),
    account_id: accountId,
    coverage: 'g',
    kind: 'reminded' as const,
    details: { dueMinor: '99999', suspendsOn: '2027-03-03', afterDays: 3 },
  }
  await appendEvents(engine.system.db, bucket, [event], engine.now())
}

test('F57 the secret of a link is sealed while it waits, and gone once it was sent', async () => {
  const { catcher, engine } = await scene()
  await accountWithCard(engine, accountId)
  await engine.idle()
  catcher.clear()
  const token = 'klk_this-is-the-secret'
  const link = { kind: 'password_reset', accountId, loginId: null, token, about: 'hash', goodForMs: 1_800_000 } as const
  const queue = () => transaction(engine.system.db, (tx) => queueLink(tx, engine.system, link, engine.now()))
  await queue()
  await queue()
  const waiting = await sql<{ row: string }>`select to_jsonb(m)::text as row from messages m`.execute(engine.system.db)
  expect(JSON.stringify(waiting.rows)).not.toContain('this-is-the-secret')
  await engine.idle()
  expect(subjectsIn(catcher)).toEqual([`${root}: Set a new password`])
  const [mail] = await mailsIn(catcher)
  expect(mail?.text).toContain(`https://pay.example.com/set-password#${token}`)
  expect(mail?.text).toContain('The link works once, within 30 minutes.')
  const { rows } = await sql<{
    sealed: string | null
  }>`select sealed from messages where kind = 'password_reset'`.execute(engine.system.db)
  expect(rows).toEqual([{ sealed: null }])
})

test('a link that has run out is not sent', async () => {
  const { catcher, engine } = await scene()
  await accountWithCard(engine, accountId)
  await engine.idle()
  catcher.clear()
  const link = { kind: 'invitation', accountId, loginId: null, token: 't', about: 'hash', goodForMs: 60_000 } as const
  await transaction(engine.system.db, (tx) => queueLink(tx, engine.system, link, engine.now()))
  engine.passWall(60_000)
  await engine.idle()
  expect(subjectsIn(catcher)).toEqual([])
  expect(await messagesOf(engine)).toContain('invitation dropped 0 run_out')
})
