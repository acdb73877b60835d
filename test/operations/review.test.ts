/** What a reading of the money path found: each of these went wrong once in this code base. */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { type Day, dayMs, hourMs, parseDay, plusMs } from '../../src/domain/calendar.ts'
import { activate } from '../../src/operations/activate.ts'
import { continueCharge, customerQuestion } from '../../src/operations/continue-charge.ts'
import { closeAccount } from '../../src/operations/put-account.ts'
import { grantTrial } from '../../src/operations/trials.ts'
import { syncCoverages } from '../../src/postgres/coverages.ts'
import { isPassing } from '../../src/postgres/passing.ts'
import { testDatabase } from '../support/database.ts'
import { accountWithCard, addFees, type Engine } from '../support/engine.ts'
import {
  attemptsAtNetwork,
  chargesOf,
  closing,
  declineAll,
  declineNothing,
  expectSound,
  freshEngine,
  invoicesOf,
  outstanding,
  owing,
} from '../support/scenes.ts'

const database = testDatabase()
const day = (text: string): Day => parseDay(text) ?? ('' as Day) // a day by inspection

test('a full disk is waited for, as a database that went away is', () => {
  const full = Object.assign(new Error('could not extend file'), { code: '53100' })
  expect(isPassing(full)).toBe(true)
})

test('B7 net and tax of opposite signs leave nothing in the ledger', async () => {
  const months: [fees: [amount: string, taxRateBp: number][], expected: string][] = [
    [
      [
        ['6000', 800],
        ['-5000', 1000],
      ],
      '2027-01 paid 0',
    ],
    [
      [
        ['10000', 1000],
        ['-10100', 800],
      ],
      '2027-01 paid 0',
    ],
    [
      [
        ['10100', 800],
        ['-10000', 1000],
      ],
      '2027-01 credited 0',
    ],
  ]
  for (const [fees, expected] of months) {
    const engine = await freshEngine(database)
    await accountWithCard(engine, 'OP0000000001', ['jp'])
    const lines = fees.map(([amount, taxRateBp]) => ({
      accountId: 'OP0000000001',
      coverage: 'jp',
      month: '2027-01',
      amount,
      taxRateBp,
    }))
    await addFees(engine, lines)
    engine.setNow(closing)
    await engine.idle()
    expect(await invoicesOf(engine)).toEqual([expected])
    await expectSound(engine)
  }
})

test('a coverage that accounts use cannot be left out of the settings', async () => {
  const engine = await freshEngine(database)
  await accountWithCard(engine, 'OP0000000001', ['jp'])
  const onlyG = [...engine.system.coverages.values()].filter(({ coverage }) => coverage === 'g')
  await expect(syncCoverages(engine.system.db, onlyG)).rejects.toThrow('jp has accounts but is not in the settings')
})

test('B12 a trial granted again with an earlier end waives no day after it', async () => {
  const engine = await freshEngine(database, { startAt: '2026-12-01T00:00:00Z' })
  await accountWithCard(engine, 'OP0000000001', [])
  await sql`insert into payment_settings (bucket, account_id, coverage, method, updated_at)
    select bucket, account_id, 'g', 'none', now() from accounts`.execute(engine.system.db)
  const grant = (endsOn: string) =>
    grantTrial(
      engine.system,
      { accountId: 'OP0000000001', coverage: 'g', endsOn: day(endsOn), grantedBy: 'staff' },
      engine.now(),
    )
  await grant('2027-12-31')
  await grant('2027-01-05')
  await addFees(engine, [{ accountId: 'OP0000000001', month: '2027-01', amount: '100', day: '2027-01-10' }])
  engine.setNow(closing)
  await engine.idle()
  expect(await invoicesOf(engine)).toEqual(['2027-01 outstanding 10000 missing'])
})

/** January and February are outstanding, and what is tried next comes at noon of a March day. */
async function twoMonths(engine: Engine): Promise<string> {
  const [accountId = ''] = await outstanding(engine)
  declineAll(engine)
  await addFees(engine, [{ accountId, month: '2027-02', amount: '20' }])
  engine.setNow('2027-03-05T12:00:00Z')
  await engine.idle()
  declineNothing(engine)
  return accountId
}

test('B9 a charge that was put back is not sent once its card is forbidden', async () => {
  const engine = await freshEngine(database)
  await twoMonths(engine)
  engine.setNow(plusMs(engine.now(), dayMs))
  const before = attemptsAtNetwork(engine)
  engine.simulator.faults.arm({ fault: 'rate_limited', step: 'hold' })
  declineAll(engine, 'lost_card')
  await engine.idle()
  engine.setNow(plusMs(engine.now(), hourMs))
  await engine.idle()
  expect(attemptsAtNetwork(engine) - before).toBe(1)
  expect((await chargesOf(engine)).slice(-2).toSorted()).toEqual(['daily_retry declined', 'daily_retry not_executed'])
})

test('F30 a charge that was put back is not sent once the account is closed', async () => {
  const engine = await freshEngine(database)
  const [accountId = ''] = await owing(engine)
  engine.simulator.faults.arm({ fault: 'rate_limited', step: 'hold' })
  await engine.idle()
  expect(await chargesOf(engine)).toEqual(['run intended'])
  await closeAccount(engine.system, accountId, engine.now())
  engine.setNow(plusMs(engine.now(), hourMs))
  await engine.idle()
  expect(await chargesOf(engine)).toEqual(['run not_executed'])
  expect(attemptsAtNetwork(engine)).toBe(0)
})

test('B9 F17 an answer to what was sent before does not take a newer mark off', async () => {
  const engine = await freshEngine(database)
  await twoMonths(engine)
  engine.setNow(plusMs(engine.now(), dayMs))
  engine.simulator.faults.arm({ fault: 'timeout_after', step: 'hold' })
  declineAll(engine)
  const hold = engine.idle()
  await hold
  await sql`update cards set mark = 'never', mark_code = 'lost_card', marked_at = ${new Date(engine.now())} where replaced_at is null`.execute(
    engine.system.db,
  )
  engine.setNow(plusMs(engine.now(), 2 * hourMs))
  await engine.idle()
  const { rows } = await sql<{ mark: string }>`select mark from cards where replaced_at is null`.execute(
    engine.system.db,
  )
  expect(rows).toEqual([{ mark: 'never' }])
})

test('F51 an attempt made on a day that the clock goes back to does not keep anybody busy', async () => {
  const engine = await freshEngine(database)
  await outstanding(engine)
  declineAll(engine)
  engine.setNow('2027-02-03T12:00:00Z')
  await engine.idle()
  await sql`update invoices set next_attempt_at = '2027-02-03 09:00Z'`.execute(engine.system.db)
  await engine.idle()
  expect((await chargesOf(engine)).length).toBe(2)
  await expectSound(engine)
})

test('B10 a 3-D Secure question is handed out while the payer is there, and the same charge goes on after it', async () => {
  const engine = await freshEngine(database)
  const [accountId = ''] = await outstanding(engine)
  engine.simulator.issuer.tell('*', [{ kind: 'authentication_required' }])
  await activate(engine.system, { accountId, coverage: 'g' }, engine.now())
  await engine.idle()
  const { rows } = await sql<{
    chargeId: string
  }>`select charge_id as "chargeId" from charges where status = 'needs_customer'`.execute(engine.system.db)
  const chargeId = rows[0]?.chargeId ?? ''
  const question = await customerQuestion(engine.system, chargeId)
  // Asking too early changes nothing.
  await continueCharge(engine.system, chargeId, engine.now())
  await engine.idle()
  await engine
    .payer('g')
    .confirm({ clientSecret: 'clientSecret' in question ? question.clientSecret : '', threeDSecure: 'pass' })
  await continueCharge(engine.system, chargeId, engine.now())
  await engine.idle()
  expect(await chargesOf(engine)).toEqual(['run declined', 'activate captured'])
  expect(await customerQuestion(engine.system, chargeId)).toEqual({ refused: 'nothing_asked' })
  await expectSound(engine)
})
