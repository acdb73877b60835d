/** Reminders, suspension, restoration (B16) on the real engine: what counts, when, and that whoever pays is restored. */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { allBuckets, bucketOfAccount } from '../../src/domain/bucket.ts'
import { type Day, dayMs, minuteMs, parseInstant, plusMs } from '../../src/domain/calendar.ts'
import { activate } from '../../src/operations/activate.ts'
import { addAccounts } from '../../src/operations/add-accounts.ts'
import { endExemption, exemptStanding, postponeStanding } from '../../src/operations/arrange-standing.ts'
import { attemptRequestedInvoices } from '../../src/operations/attempt-invoices.ts'
import { sweepStandings } from '../../src/operations/judge-standings.ts'
import { previewStanding } from '../../src/operations/preview-standing.ts'
import { checkInvariants } from '../../src/postgres/invariants.ts'
import { pauseRuns } from '../../src/postgres/runs.ts'
import { fromTheBeginning, readChangedStandings, standingOf } from '../../src/postgres/standing-reads.ts'
import { goOn } from '../support/crash.ts'
import { testDatabase } from '../support/database.ts'
import { addFees, type Engine, goodCard, registerCard } from '../support/engine.ts'
import {
  accountNumber,
  chargesOf,
  closing,
  declineAll,
  declineNothing,
  expectSound,
  freshEngine,
  idleOf,
  invoicesOf,
  outstanding,
  owing,
  watched,
  workerElsewhere,
} from '../support/scenes.ts'

const database = testDatabase()
const accountId = accountNumber(1)
const of = { accountId, coverage: 'g' }
const key = { ...of, bucket: bucketOfAccount(accountId) }
const mastercard = { ...goodCard, number: '5555555555554444' }
const day = (text: string) => text as Day // written as one

/** `day kind step due`, of everything that was told, in order. */
async function told(engine: Engine): Promise<string[]> {
  const { rows } = await sql<{ line: string }>`
    select concat_ws(' ', to_char(happened_at, 'MM-DD'), kind, details->>'afterDays', details->>'dueMinor') as line from events
    where kind in ('reminded', 'suspended', 'restored') order by happened_at, account_id, event_id`.execute(
    engine.system.db,
  )
  return rows.map(({ line }) => line)
}

async function statusOf(engine: Engine): Promise<string> {
  return (await standingOf(engine.system.db, key))?.status ?? 'none'
}

/** An account suspended on 3 March, its issuer saying no to everything since 1 February. */
async function suspended(): Promise<Engine> {
  const engine = await freshEngine(database)
  await outstanding(engine)
  declineAll(engine)
  await at(engine, ...steps)
  expect(await statusOf(engine)).toBe('suspended')
  engine.setNow('2027-03-03T13:00:00Z')
  return engine
}

/** The moments at which something is told of what first failed on 1 February. */
const steps = ['2027-02-04', '2027-02-08', '2027-02-15', '2027-03-03'].map((date) => `${date}T12:00:00Z`)

/** Works at these moments and at none between them. */
async function at(engine: Engine, ...moments: readonly string[]): Promise<void> {
  for (const moment of moments) {
    engine.setNow(moment)
    await engine.idle()
  }
}

test('B16 reminded after 3, 7 and 14 days, suspended after 30, once each; sound throughout', async () => {
  const engine = await freshEngine(database)
  await outstanding(engine)
  declineAll(engine)
  await goOn(engine, 60 * dayMs)
  expect(await told(engine)).toEqual([
    '02-04 reminded 3 1234',
    '02-08 reminded 7 1234',
    '02-15 reminded 14 1234',
    '03-03 suspended 1234',
  ])
  const { rows } = await sql<{ details: Record<string, unknown> }>`
    select details from events where kind = 'reminded' order by happened_at limit 1`.execute(engine.system.db)
  expect(rows[0]?.details).toEqual({
    dueMinor: '1234',
    currency: 'USD',
    months: ['2027-01'],
    overdueSince: '2027-02-01T06:00:00.000Z',
    afterDays: 3,
    suspendsOn: '2027-03-03',
  })
  await expectSound(engine)
})

test('B16 without a method: the day the run finds none is day 0', async () => {
  const engine = await freshEngine(database)
  const account = { accountId, kind: 'business' as const, email: 'a@example.com', coverages: ['g'] }
  await addAccounts(engine.system, [account], engine.now())
  await addFees(engine, [{ accountId, month: '2027-01', amount: '7' }])
  engine.setNow(closing)
  await goOn(engine, 31 * dayMs)
  expect((await told(engine)).map((line) => line.slice(0, 14))).toEqual([
    '02-04 reminded',
    '02-08 reminded',
    '02-15 reminded',
    '03-03 suspende',
  ])
})

test('F28 what the payer tries by hand counts for nothing: it does not start the clock', async () => {
  const engine = await freshEngine(database)
  await outstanding(engine)
  // As if the run had been held back by a delay that the issuer prescribed before: nothing failed by itself yet.
  await sql`update invoices set overdue_since = null, next_attempt_at = '2027-02-05T09:00:00Z'`.execute(
    engine.system.db,
  )
  await sql`delete from standings`.execute(engine.system.db)
  declineAll(engine)
  await pressFourTimes(engine)
  expect(await standingOf(engine.system.db, key)).toMatchObject({ status: 'good', overdueSince: null, overdue: [] })
  await at(engine, '2027-02-04T12:00:00Z', '2027-02-05T09:00:00Z', '2027-02-08T12:00:00Z')
  expect(await told(engine)).toEqual(['02-08 reminded 3 1234'])
})

test('F28 nor does it speed it up: an hour of trying suspends nobody', async () => {
  const engine = await freshEngine(database)
  await outstanding(engine)
  declineAll(engine)
  await pressFourTimes(engine)
  expect(await told(engine)).toEqual([])
  await at(engine, '2027-02-04T12:00:00Z')
  expect(await standingOf(engine.system.db, key)).toMatchObject({ overdueSince: parseInstant(closing) })
  expect(await told(engine)).toEqual(['02-04 reminded 3 1234'])
})

async function pressFourTimes(engine: Engine): Promise<void> {
  for (let press = 1; press <= 4; press++) {
    engine.setNow(plusMs(parseInstant(closing), press * minuteMs))
    expect(await activate(engine.system, of, engine.now())).toMatchObject({ requested: 1 })
    await engine.idle()
  }
  const tried = (await chargesOf(engine)).filter((charge) => charge.startsWith('activate'))
  expect(tried).toEqual(Array.from({ length: 4 }, () => 'activate declined'))
}

test('F28 our own fault counts for nothing: a gateway that refuses us, or does not answer', async () => {
  const engine = await freshEngine(database)
  await owing(engine)
  await pauseRuns(engine.system.db, 'g', 'the gateway is down', engine.now())
  await goOn(engine, 40 * dayMs)
  expect(await statusOf(engine)).toBe('good')
  expect(await told(engine)).toEqual([])
})

test('F30 reminders stop once it is paid', async () => {
  const engine = await freshEngine(database)
  await outstanding(engine)
  engine.simulator.issuer.tell('*', [
    { kind: 'decline', declineCode: 'insufficient_funds', until: parseInstant('2027-02-05T00:00:00Z') },
  ])
  await goOn(engine, 60 * dayMs)
  expect(await told(engine)).toEqual(['02-04 reminded 3 1234'])
  expect(await statusOf(engine)).toBe('good')
  await expectSound(engine)
})

test('F30 and once the account is closed', async () => {
  const engine = await freshEngine(database)
  await outstanding(engine)
  declineAll(engine)
  await goOn(engine, 5 * dayMs)
  await sql`update accounts set closed_at = ${new Date(engine.now())}`.execute(engine.system.db)
  await goOn(engine, 60 * dayMs)
  expect(await told(engine)).toEqual(['02-04 reminded 3 1234'])
  expect(await statusOf(engine)).toBe('overdue')
  await expectSound(engine)
})

test('F31 the check meets the retry at the gateway: it waits for the outcome, and paid wins', async () => {
  const engine = await freshEngine(database)
  await outstanding(engine)
  declineAll(engine)
  await at(engine, ...steps.slice(0, 3), '2027-03-03T11:00:00Z')
  declineNothing(engine)
  const elsewhere = await workerElsewhere(engine, database)
  const { system, watch } = watched(engine.system)
  const calls = (['hold', 'capture'] as const).map((method) => watch.holdBack(method))
  engine.setNow('2027-03-03T12:00:00Z')
  await activate(engine.system, of, engine.now())
  const retry = attemptRequestedInvoices(system, key.bucket, engine.now(), 10)
  for (const call of calls) {
    await call.arrived
    for (const bucket of allBuckets) await sweepStandings(elsewhere, bucket, engine.now(), 100)
    expect(await statusOf(engine)).toBe('overdue')
    call.letGo()
  }
  await retry
  expect(await statusOf(engine)).toBe('good')
  await engine.idle()
  expect((await told(engine)).some((line) => line.includes('suspended'))).toBe(false)
  await expectSound(engine)
})

test('F31 the retry is as overdue as the check: after an outage the attempt comes first', async () => {
  const engine = await freshEngine(database)
  await outstanding(engine)
  declineAll(engine)
  await at(engine, ...steps.slice(0, 3))
  declineNothing(engine)
  engine.setNow('2027-03-03T15:00:00Z')
  // The check alone looks first; the attempt of the day is still to be made.
  for (const bucket of allBuckets) await sweepStandings(engine.system, bucket, engine.now(), 100)
  expect(await statusOf(engine)).toBe('overdue')
  await engine.idle()
  expect(await invoicesOf(engine)).toEqual(['2027-01 paid 0'])
  expect(await statusOf(engine)).toBe('good')
})

test('F31 many checks and payments at once: nobody stays suspended who has paid', async () => {
  const engine = await freshEngine(database)
  await outstanding(engine, 12)
  declineAll(engine)
  await at(engine, ...steps)
  declineNothing(engine)
  const others = await Promise.all([1, 2].map(() => workerElsewhere(engine, database)))
  engine.setNow(plusMs(engine.now(), 3 * dayMs))
  const sweeps = others.map(async (system) => {
    for (let round = 0; round < 5; round++) {
      for (const bucket of allBuckets) await sweepStandings(system, bucket, engine.now(), 100)
    }
  })
  await Promise.all([...sweeps, engine.idle(), ...others.map((system) => idleOf(system, engine.now()))])
  const { rows } = await sql<{ status: string; standings: bigint }>`
    select status, count(*) as standings from standings group by 1`.execute(engine.system.db)
  expect(rows).toEqual([{ status: 'good', standings: 12n }])
  const restored = (await told(engine)).filter((line) => line.includes('restored'))
  expect(restored.length).toBe(12)
  await expectSound(engine)
})

test('F32 paid is restored, in the transaction that pays', async () => {
  const engine = await suspended()
  declineNothing(engine)
  await registerCard(engine, accountId, 'g', mastercard)
  // No sweep runs: only what makes charges.
  await attemptRequestedInvoices(engine.system, key.bucket, engine.now(), 10)
  expect(await invoicesOf(engine)).toEqual(['2027-01 paid 0'])
  expect(await standingOf(engine.system.db, key)).toMatchObject({ status: 'good', suspendedAt: null, overdue: [] })
  const { rows } = await sql<{ same: boolean }>`
    select r.happened_at = i.paid_at and r.xmin = i.xmin as same from events r, invoices i where r.kind = 'restored'`.execute(
    engine.system.db,
  )
  expect(rows).toEqual([{ same: true }])
  await expectSound(engine)
})

test('F32 registering a card that pays restores; so does a payment after the clock went back', async () => {
  const engine = await suspended()
  declineNothing(engine)
  engine.setNow('2027-02-20T00:00:00Z')
  await registerCard(engine, accountId, 'g', mastercard)
  await engine.idle()
  expect(await statusOf(engine)).toBe('good')
  await expectSound(engine)
})

test('F32 suspended for two months: lifted when both are paid, not before', async () => {
  const engine = await freshEngine(database)
  await outstanding(engine)
  declineAll(engine)
  await addFees(engine, [{ accountId, month: '2027-02', amount: '50' }])
  await at(engine, ...steps.slice(0, 3), '2027-03-01T06:00:00Z', ...steps.slice(3))
  expect(await statusOf(engine)).toBe('suspended')
  // The older one is paid in another way: the account is looked at, and stays suspended for the other.
  await sql`update invoices set status = 'paid', paid_at = ${new Date(engine.now())}, next_attempt_at = null,
    credit_noted_minor = total_minor where month = '2027-01'`.execute(engine.system.db)
  await sql`update standings set woken_at = ${new Date(engine.now())}`.execute(engine.system.db)
  await engine.idle()
  expect(await statusOf(engine)).toBe('suspended')
  declineNothing(engine)
  await at(engine, '2027-03-10T09:00:00Z')
  expect(await statusOf(engine)).toBe('good')
})

test('F32 a standing that does not follow what is paid is found by the check', async () => {
  const engine = await suspended()
  await sql`update invoices set overdue_since = null`.execute(engine.system.db)
  const broken = (await checkInvariants(engine.system.db)).filter((proof) => proof.broken > 0).map(({ name }) => name)
  expect(broken).toEqual(['nobody_stays_overdue_who_owes_nothing'])
})

test('F33 F47 a part payment moves no date, and the next reminder asks for what is left', async () => {
  const engine = await freshEngine(database)
  await outstanding(engine)
  declineAll(engine)
  await goOn(engine, 5 * dayMs)
  await sql`update invoices set transferred_minor = 1000`.execute(engine.system.db)
  await goOn(engine, 30 * dayMs)
  expect(await told(engine)).toEqual([
    '02-04 reminded 3 1234',
    '02-08 reminded 7 234',
    '02-15 reminded 14 234',
    '03-03 suspended 234',
  ])
})

test('B16 down for months: one reminder, and the service only after its notice', async () => {
  const engine = await freshEngine(database)
  await outstanding(engine, 3)
  declineAll(engine)
  await at(engine, '2027-05-10T13:00:00Z', '2027-05-16T12:00:00Z', '2027-05-17T12:00:00Z')
  expect((await told(engine)).map((line) => line.slice(0, 17).trim())).toEqual([
    ...Array.from({ length: 3 }, () => '05-10 reminded 14'),
    ...Array.from({ length: 3 }, () => '05-17 suspended 1'),
  ])
})

test('B16 a disputed invoice and one that was re-opened do not count', async () => {
  const engine = await suspended()
  const states = [
    [sql`disputed_at = issued_at`, sql`disputed_at = null`],
    [sql`reopened_minor = due_minor`, sql`reopened_minor = 0`],
  ] as const
  for (const [stopped, before] of states) {
    await sql`update invoices set ${stopped}`.execute(engine.system.db)
    await sql`update standings set woken_at = ${new Date(engine.now())}`.execute(engine.system.db)
    await engine.idle()
    expect(await statusOf(engine)).toBe('good')
    await sql`update invoices set ${before}`.execute(engine.system.db)
    await sql`update standings set woken_at = ${new Date(engine.now())}`.execute(engine.system.db)
    await engine.idle()
    expect(await statusOf(engine)).toBe('overdue')
  }
})

test('B16 exempt: restored at once, told nothing; afterwards reminded first', async () => {
  const engine = await suspended()
  const by = { by: 'Ada', note: 'agreed by phone' }
  expect(await exemptStanding(engine.system, { ...of, ...by, until: day('2027-03-01') }, engine.now())).toEqual({
    refused: 'day_in_the_past',
  })
  expect(await endExemption(engine.system, { ...of, by: 'Ada' }, engine.now())).toEqual({ refused: 'not_exempt' })
  expect(await exemptStanding(engine.system, { ...of, ...by, until: null }, engine.now())).toEqual({ done: true })
  expect(await standingOf(engine.system.db, key)).toMatchObject({
    status: 'overdue',
    exemptUntil: 'always',
    exemptBy: 'Ada',
  })
  await at(engine, '2027-03-20T12:00:00Z', '2027-05-03T09:00:00Z')
  expect(await endExemption(engine.system, { ...of, by: 'Ada' }, engine.now())).toEqual({ done: true })
  await at(engine, '2027-05-03T12:00:00Z', '2027-05-09T12:00:00Z', '2027-05-10T11:59:00Z')
  expect(await statusOf(engine)).toBe('overdue')
  await at(engine, '2027-05-10T12:00:00Z')
  expect((await told(engine)).slice(4).map((line) => line.slice(0, 17).trim())).toEqual([
    '03-03 restored 12',
    '05-03 reminded 14',
    '05-10 suspended 1',
  ])
  await expectSound(engine)
})

test('B16 postponed: restored until the day, and not a day longer', async () => {
  const engine = await suspended()
  const postponed = { ...of, by: 'Ada', note: null, until: day('2027-03-20') }
  expect(await postponeStanding(engine.system, { ...postponed, until: day('2027-03-03') }, engine.now())).toEqual({
    refused: 'day_in_the_past',
  })
  expect(await postponeStanding(engine.system, { ...postponed, coverage: 'jp' }, engine.now())).toEqual({
    refused: 'account_unknown',
  })
  expect(await postponeStanding(engine.system, postponed, engine.now())).toEqual({ done: true })
  await at(engine, '2027-03-10T12:00:00Z', '2027-03-20T11:59:00Z', '2027-03-20T12:00:00Z')
  expect((await told(engine)).slice(4)).toEqual(['03-03 restored 1234', '03-20 suspended 1234'])
})

test('B16 the preview foretells what then happens, and changes nothing', async () => {
  const engine = await freshEngine(database)
  await outstanding(engine, 2)
  declineAll(engine)
  await goOn(engine, 5 * dayMs)
  const asked = { accountIds: [accountNumber(2), accountNumber(9)], coverage: null, until: day('2027-04-30') }
  const [forecast, ...none] = await previewStanding(engine.system, asked, engine.now())
  expect(none).toEqual([])
  expect(forecast).toEqual({
    accountId: accountNumber(2),
    coverage: 'g',
    currency: 'USD',
    status: 'overdue',
    dueMinor: 1234n,
    events: [
      { kind: 'reminded', afterDays: 7, on: '2027-02-08' },
      { kind: 'reminded', afterDays: 14, on: '2027-02-15' },
      { kind: 'suspended', on: '2027-03-03' },
    ],
  })
  const all = await previewStanding(engine.system, { ...asked, accountIds: null, coverage: 'g' }, engine.now())
  expect(all.map((one) => one.accountId)).toEqual([accountNumber(1), accountNumber(2)])
  expect((await told(engine)).length).toBe(2)
  await at(engine, ...steps.slice(1))
  expect((await told(engine)).length).toBe(8)
})

test('B16 whoever polls sees every change once, and asks for nothing when nothing changed', async () => {
  const engine = await freshEngine(database)
  await outstanding(engine, 5)
  declineAll(engine)
  await engine.idle()
  let from = fromTheBeginning
  const poll = async (limit: number) => {
    const changed = await readChangedStandings(engine.system.db, from, limit)
    from = from.map((version, bucket) => changed.findLast((row) => row.bucket === bucket)?.version ?? version)
    return changed.map((row) => `${row.accountId.slice(-1)} ${row.status}`)
  }
  expect([...(await poll(2)), ...(await poll(2)), ...(await poll(2))].sort()).toEqual(
    [1, 2, 3, 4, 5].map((id) => `${id} overdue`),
  )
  expect(await poll(2)).toEqual([])
  await at(engine, ...steps)
  expect((await poll(100)).sort()).toEqual([1, 2, 3, 4, 5].map((id) => `${id} suspended`))
  declineNothing(engine)
  await at(engine, '2027-03-10T12:00:00Z')
  expect((await poll(100)).sort()).toEqual([1, 2, 3, 4, 5].map((id) => `${id} good`))
  expect(await poll(100)).toEqual([])
})
