/** Every step of the month and of collecting, with the worker dying before and after each of its effects. */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { bucketOfAccount } from '../../src/domain/bucket.ts'
import type { Month } from '../../src/domain/calendar.ts'
import { attemptDueInvoices, attemptRequestedInvoices } from '../../src/operations/attempt-invoices.ts'
import { beginClosingMonth, closeAccounts, completeFees, planClosing } from '../../src/operations/close-month.ts'
import { performDueCharges } from '../../src/operations/perform-charges.ts'
import type { System } from '../../src/operations/system.ts'
import { bucketsWithClaimsOfTheDead, releaseClaims } from '../../src/postgres/charges.ts'
import { endClosing, finishRuns } from '../../src/postgres/runs.ts'
import { endWorker } from '../../src/postgres/workers.ts'
import { workUntilIdle } from '../../src/worker/loop.ts'
import { capturesPerInvoice } from '../support/books.ts'
import { crashEverywhere, type Scene } from '../support/crash.ts'
import { testDatabase } from '../support/database.ts'
import { accountWithCard, addFees, type Engine, registerCard } from '../support/engine.ts'

const database = testDatabase()
const accountId = 'OP0000000001'
const bucket = bucketOfAccount(accountId)
const month = '2027-01' as Month // a literal of that form
const closesAt = '2027-02-01T06:00:00Z'

/** An account whose January is about to close, having used something for 12.34 USD. */
async function monthOver(engine: Engine) {
  await accountWithCard(engine, accountId)
  await engine.idle()
  await addFees(engine, [{ accountId, month, amount: '12.34' }])
  engine.setNow(closesAt)
}

/** The same with its invoice made, due now, and not attempted. */
async function invoiceDue(engine: Engine) {
  await monthOver(engine)
  await closeMonth(engine.system, engine)
}

async function invoiceDueOnABadDay(engine: Engine) {
  await invoiceDue(engine)
  engine.simulator.issuer.tell('*', [{ kind: 'decline', declineCode: 'insufficient_funds' }])
}

async function closeMonth(system: System, engine: Engine) {
  const plan = await planClosing(system, 'g', engine.now())
  if (plan) await beginClosingMonth(system, 'g', plan, engine.now())
  await closeAccounts(system, { coverage: 'g', month }, bucket, engine.now(), 100)
  await endClosing(system.db, 'g', month, engine.now())
}

const attemptDue = (system: System, engine: Engine) => attemptDueInvoices(system, bucket, engine.now(), 100)
const performDue = (system: System, engine: Engine) => performDueCharges(system, bucket, engine.now(), 100)

/** Dies everywhere in it, and says that it did die where the money moves. */
async function check(scene: Scene, diesAt: readonly string[]) {
  const deaths = await crashEverywhere(database, {
    ...scene,
    setUp: async (engine) => {
      await scene.setUp(engine)
      for (const times of capturesPerInvoice(engine).values()) expect(times).toBe(1)
    },
  })
  expect(deaths).toEqual(expect.arrayContaining([...diesAt]))
}

test('closing a month', () => check({ setUp: monthOver, operate: closeMonth }, ['before update runs', 'before commit']))

test('declaring fees complete', () =>
  check(
    {
      setUp: monthOver,
      operate: (system, engine) => completeFees(system, 'g', month, engine.now()),
      repeat: (system, engine) => completeFees(system, 'g', month, engine.now()),
    },
    ['before update runs'],
  ))

test('attempting due invoices: approved', () =>
  check({ setUp: invoiceDue, operate: attemptDue }, ['before gateway hold', 'before gateway capture', 'before commit']))

test('attempting due invoices: declined, dying before every single statement', () =>
  check({ setUp: invoiceDueOnABadDay, operate: attemptDue, everyStatement: true }, ['before gateway hold']))

test('performing due charges: the hold ran out before it was captured, so a new one is made', () =>
  check(
    {
      setUp: async (engine) => {
        await invoiceDue(engine)
        engine.simulator.faults.arm({ fault: 'error_500', step: 'capture' })
        await attemptDue(engine.system, engine)
        engine.setNow('2027-02-09T06:00:00Z')
      },
      operate: async (system, engine) => {
        await performDue(system, engine)
        await attemptDue(system, engine)
      },
    },
    ['before gateway lookUp', 'before gateway hold', 'before gateway capture'],
  ))

test('attempting due invoices: no longer due when the hold is there, so it is released', () =>
  check(
    {
      setUp: async (engine) => {
        await invoiceDue(engine)
        engine.simulator.faults.arm({ fault: 'timeout_after', step: 'hold' })
        await attemptDue(engine.system, engine)
        await sql`update invoices set credit_noted_minor = total_minor, status = 'paid', paid_at = now(),
          next_attempt_at = null`.execute(engine.system.db)
        engine.setNow('2027-02-01T06:01:00Z')
      },
      operate: performDue,
    },
    ['before gateway release'],
  ))

test('performing due charges: looked up after a lost answer, then captured', () =>
  check(
    {
      setUp: async (engine) => {
        await invoiceDue(engine)
        engine.simulator.faults.arm({ fault: 'timeout_after', step: 'hold' })
        await attemptDue(engine.system, engine)
        engine.setNow('2027-02-01T06:01:00Z')
      },
      operate: performDue,
    },
    ['before gateway lookUp', 'before gateway capture'],
  ))

test('performing due charges: never executed, replayed under its key', () =>
  check(
    {
      setUp: async (engine) => {
        await invoiceDue(engine)
        engine.simulator.faults.arm({ fault: 'timeout_before', step: 'hold' })
        await attemptDue(engine.system, engine)
        engine.setNow('2027-02-01T06:01:00Z')
      },
      operate: performDue,
    },
    ['before gateway hold', 'before gateway capture'],
  ))

test('performing due charges: put back by a 429, sent later', () =>
  check(
    {
      setUp: async (engine) => {
        await invoiceDue(engine)
        engine.simulator.faults.arm({ fault: 'rate_limited', step: 'hold' })
        await attemptDue(engine.system, engine)
        engine.setNow('2027-02-01T06:01:00Z')
      },
      operate: performDue,
    },
    ['before gateway hold', 'before gateway capture'],
  ))

test('attempting what a registered card asks for', () =>
  check(
    {
      setUp: async (engine) => {
        await invoiceDueOnABadDay(engine)
        await engine.idle()
        engine.simulator.issuer.cure('*')
        await registerCard(engine, accountId, 'g')
      },
      operate: (system, engine) => attemptRequestedInvoices(system, bucket, engine.now(), 100),
    },
    ['before gateway hold', 'before gateway capture'],
  ))

test('taking over what a dead worker claimed', () =>
  check(
    {
      setUp: async (engine) => {
        await invoiceDue(engine)
        const gone = await engine.anotherWorker()
        engine.simulator.faults.arm({ fault: 'rate_limited', step: 'hold' })
        await attemptDueInvoices(gone, bucket, engine.now(), 100)
        engine.setNow('2027-02-01T06:01:00Z')
        await sql`update charges set claimed_by = ${gone.workerId} where settled_at is null`.execute(engine.system.db)
        await endWorker(engine.system.db, gone.workerId)
      },
      operate: async (system, engine) => {
        for (const dead of await bucketsWithClaimsOfTheDead(system.db)) await releaseClaims(system.db, dead)
        await performDue(system, engine)
      },
    },
    ['before gateway hold', 'before gateway capture'],
  ))

test('finishing the run', () =>
  check(
    {
      setUp: async (engine) => {
        await invoiceDue(engine)
        await attemptDue(engine.system, engine)
      },
      operate: (system, engine) => finishRuns(system.db, engine.now()),
    },
    ['before update runs'],
  ))

test('a whole day of the worker, whatever it does', () =>
  check(
    {
      setUp: (engine) => monthOver(engine),
      operate: (system, engine) => workUntilIdle(system, engine.now(), { lanes: 1, limit: 500 }),
      // Every step dies everywhere in scenes of its own; here at some of the commits, and where the money moves.
      among: (effect, effects) =>
        /^gateway (hold|capture)/.test(effects[effect] ?? '') || (effects[effect] === 'commit' && effect % 4 === 0),
    },
    ['before commit', 'before gateway hold', 'before gateway capture'],
  ))
