/** How a registration ends that did not go its ordinary way: tried out, laid hands on at the gateway, or left open for days. */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { bucketOfAccount } from '../../src/domain/bucket.ts'
import { hourMs, minuteMs, plusMs } from '../../src/domain/calendar.ts'
import { countAgainst } from '../../src/operations/count-against.ts'
import { beginRegistration, finishRegistration } from '../../src/operations/register-card.ts'
import { registrationLimits } from '../../src/operations/registration-limits.ts'
import { readRegistrationView } from '../../src/postgres/payment-settings-read.ts'
import { goOn } from '../support/crash.ts'
import { testDatabase } from '../support/database.ts'
import { accountWithCard, type Engine, goodCard } from '../support/engine.ts'
import { expectSound, fingerprintOf, freshEngine, staffQueueOf } from '../support/scenes.ts'

const database = testDatabase()
const accountId = 'OP0000000001'
const of = { accountId, coverage: 'g' }
const otherCard = { ...goodCard, number: '5555555555554444' }

/** An account with a card, so that there is something to keep. */
async function withCard(): Promise<Engine> {
  const engine = await freshEngine(database)
  await accountWithCard(engine, accountId)
  await engine.idle()
  return engine
}

async function begin(engine: Engine) {
  const begun = await beginRegistration(engine.system, of, engine.now())
  if ('refused' in begun) throw new Error(begun.refused)
  return begun
}

const finish = (engine: Engine, registrationId: string) =>
  finishRegistration(engine.system, registrationId, engine.now())

/** `status kinds of its events` of every registration that no card came of. */
async function storiesOf(engine: Engine): Promise<string[]> {
  const { rows } = await sql<{ story: string }>`
    select c.status || ' ' || coalesce((select string_agg(e.kind, ' ' order by e.event_id) from events e
      where e.bucket = c.bucket and e.charge_id = c.charge_id), '') as story
    from charges c where trigger = 'verification' and card_id is null order by intended_at, charge_id`.execute(
    engine.system.db,
  )
  return rows.map(({ story }) => story)
}

const paymentOf = (engine: Engine, registrationId: string): string =>
  [...engine.simulator.payments(engine.now())].findLast(({ chargeId }) => chargeId === registrationId)?.id ?? ''

test('F53 a card that was tried too often is declined, and the timeline says so', async () => {
  const engine = await withCard()
  const key = `registration card ${await fingerprintOf(engine, accountId)}`
  for (let times = 0; times < registrationLimits.card.max; times++) {
    await countAgainst(engine.system, { [key]: registrationLimits.card })
  }
  const { registrationId, clientSecret } = await begin(engine)
  await engine.payer('g').confirm({ clientSecret, card: goodCard })
  expect(await finish(engine, registrationId)).toEqual({ status: 'failed', code: 'card_declined' })
  await finish(engine, registrationId)
  await engine.idle()
  expect(await storiesOf(engine)).toEqual(['declined charge_declined'])
  await expectSound(engine)
})

test('a registration that was given up never had a hold', async () => {
  const engine = await withCard()
  const { registrationId } = await begin(engine)
  await goOn(engine, 2 * hourMs)
  const key = { ...of, bucket: bucketOfAccount(accountId) }
  const view = await readRegistrationView(engine.system.db, key, registrationId)
  expect(view).toMatchObject({ verificationStatus: 'released', heldAt: null, registered: false })
  await expectSound(engine)
})

const byHand = [
  ['cancelled', null, 'cancel_payment', 'released charge_released'],
  ['cancelled once confirmed', otherCard, 'cancel_payment', 'released charge_released'],
  ['captured once confirmed', otherCard, 'capture_payment', 'captured charge_captured'],
] as const

test.each(byHand)(
  'a registration whose payment was %s at the gateway ends, and the next is another',
  async (_what, card, name, story) => {
    const engine = await withCard()
    const { registrationId, clientSecret } = await begin(engine)
    if (card) await engine.payer('g').confirm({ clientSecret, card })
    const paymentId = paymentOf(engine, registrationId)
    engine.simulator.byHand(
      'g',
      name === 'cancel_payment'
        ? { name, paymentId, reason: 'requested_by_customer' }
        : { name, paymentId, amountMinor: null },
      engine.now(),
    )
    expect(await finish(engine, registrationId)).toEqual({ status: 'failed', code: 'invalid_request' })
    expect(await storiesOf(engine)).toEqual([story])
    expect(await staffQueueOf(engine)).toEqual(name === 'capture_payment' ? ['captured_in_excess'] : [])
    const next = await begin(engine)
    expect(next.registrationId).not.toBe(registrationId)
    await engine.payer('g').confirm({ clientSecret: next.clientSecret, card: otherCard })
    expect(await finish(engine, next.registrationId)).toEqual({ status: 'registered' })
    await engine.idle()
    await expectSound(engine)
  },
)

test('a payer who only ever begins again is handed out no payment that was cancelled', async () => {
  const engine = await withCard()
  const first = await begin(engine)
  const paymentId = paymentOf(engine, first.registrationId)
  engine.simulator.byHand('g', { name: 'cancel_payment', paymentId, reason: 'requested_by_customer' }, engine.now())
  const second = await begin(engine)
  expect(second.registrationId).not.toBe(first.registrationId)
  expect((await begin(engine)).registrationId).toBe(second.registrationId)
})

test('F5 a registration that is begun again and again is never sent anew once its key may be forgotten', async () => {
  const engine = await withCard()
  const first = await begin(engine)
  const start = engine.now()
  let last = first.registrationId
  for (let minutes = 50; minutes < 26 * 60; minutes += 50) {
    engine.setNow(plusMs(start, minutes * minuteMs))
    last = (await begin(engine)).registrationId
    await engine.idle()
  }
  expect(last).not.toBe(first.registrationId)
  const payments = [...engine.simulator.payments(engine.now())].map(({ chargeId, status }) => ({ chargeId, status }))
  expect(payments.filter(({ chargeId }) => chargeId === first.registrationId)).toEqual([
    { chargeId: first.registrationId, status: 'canceled' },
  ])
  await goOn(engine, 2 * hourMs)
  expect(await storiesOf(engine)).toEqual(['released charge_released', 'released charge_released'])
  await expectSound(engine)
})

test('F5 while the gateway cannot be read, an old registration is neither sent again nor replaced', async () => {
  const engine = await withCard()
  const first = await begin(engine)
  engine.setNow(plusMs(engine.now(), 21 * hourMs))
  engine.simulator.faults.set({ down: true })
  expect(await beginRegistration(engine.system, of, engine.now())).toEqual({ refused: 'gateway_unavailable' })
  engine.simulator.faults.set({ down: false })
  await goOn(engine, 2 * hourMs)
  expect((await begin(engine)).registrationId).not.toBe(first.registrationId)
})
