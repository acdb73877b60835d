/** What staff, the platform and operators ask for, with the server dying before and after each effect of it. */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { bucketOfAccount } from '../../src/domain/bucket.ts'
import { type Day, hourMs, type Month } from '../../src/domain/calendar.ts'
import { activate } from '../../src/operations/activate.ts'
import { endExemption, exemptStanding, postponeStanding } from '../../src/operations/arrange-standing.ts'
import { closeWholeMonth } from '../../src/operations/close-whole-month.ts'
import { continueCharge, customerQuestion } from '../../src/operations/continue-charge.ts'
import { importAccounts } from '../../src/operations/import-accounts.ts'
import { noticeExpiringCards } from '../../src/operations/mail/notice-expiring-cards.ts'
import { writeMessages } from '../../src/operations/mail/write-messages.ts'
import { closeAccount, putAccount } from '../../src/operations/put-account.ts'
import { resumeCollection } from '../../src/operations/resume-collection.ts'
import { retryInvoice } from '../../src/operations/retry-invoice.ts'
import type { System } from '../../src/operations/system.ts'
import { pauseRuns } from '../../src/postgres/runs.ts'
import { crashEverywhere, type Scene } from '../support/crash.ts'
import { testDatabase } from '../support/database.ts'
import { accountWithCard, type Engine, goodCard } from '../support/engine.ts'
import { actsOn, quoted } from '../support/orders.ts'
import { declineAll, declineNothing, outstanding, owing } from '../support/scenes.ts'

const database = testDatabase()
const accountId = 'OP0000000001'
const bucket = bucketOfAccount(accountId)
const of = { accountId, coverage: 'g' }
const month = '2027-01' as Month // a literal of that form

type Act = (system: System, engine: Engine) => Promise<unknown>

/** An act that whoever got no answer asks for again; `unless` it is seen to be done. */
async function check(
  setUp: (engine: Engine) => Promise<unknown>,
  act: Act,
  diesAt: readonly string[],
  unless: (engine: Engine) => Promise<boolean> = async () => false,
  more: Partial<Scene> = {},
) {
  const deaths = await crashEverywhere(database, {
    setUp: async (engine) => void (await setUp(engine)),
    operate: act,
    repeat: async (system, engine) => {
      if (!(await unless(engine))) await act(system, engine)
    },
    ...more,
  })
  expect(deaths).toEqual(expect.arrayContaining([...diesAt]))
}

const any = (query: ReturnType<typeof sql>) => async (engine: Engine) =>
  (await query.execute(engine.system.db)).rows.length > 0

const put =
  (email: string): Act =>
  (system, engine) =>
    putAccount(system, { accountId, kind: 'individual', email, coverages: ['g', 'jp'] }, engine.now())

test('putting an account that is new', () => check(async () => undefined, put('a@example.com'), ['before commit']))

test('putting an account that is known, with another address and one coverage more', () =>
  check((engine) => accountWithCard(engine, accountId), put('b@example.com'), ['before update users', 'before commit']))

test('F30 closing an account that owes', () =>
  check(outstanding, (system, engine) => closeAccount(system, accountId, engine.now()), ['before commit'], undefined, {
    forMs: 28 * hourMs,
  }))

test('importing accounts, the same file again when it was cut short', () => {
  const lines = [1, 2, 3].map((number) =>
    JSON.stringify({
      accountId: `OP000000000${number}`,
      kind: 'business',
      email: `root${number}@example.com`,
      coverages: ['g'],
    }),
  )
  const options = { language: 'en', onRefused: () => undefined, onProgress: () => undefined } as const
  const importing: Act = (system, engine) =>
    importAccounts(
      system,
      (async function* () {
        yield* lines
      })(),
      options,
      engine.now(),
    )
  return check(async () => undefined, importing, ['before commit'])
})

test('closing a whole month by hand', () =>
  check(owing, (system, engine) => closeWholeMonth(system, { coverage: 'g', month }, engine.now(), () => undefined), [
    'before update runs',
    'before commit',
  ]))

test('resuming a run that was paused for days', () =>
  check(
    async (engine) => {
      await outstanding(engine)
      await pauseRuns(engine.system.db, 'g', 'audit', engine.now())
      engine.setNow('2027-02-04T12:00:00Z')
      await engine.idle()
    },
    (system, engine) => resumeCollection(system, { coverage: 'g' }, engine.now()),
    ['before update runs'],
    undefined,
    // Before and after the account's own bucket, and at the end.
    { among: (effect, effects) => effect === bucket || effect === bucket + 1 || effect === effects.length - 1 },
  ))

test('F37 staff retry an invoice', () => {
  const retry: Act = async (system, engine) => {
    const { rows } = await sql<{ id: string }>`select invoice_id as id from invoices`.execute(engine.system.db)
    return retryInvoice(system, { ...of, invoiceId: rows[0]?.id ?? '' }, 'Sato', engine.now())
  }
  // Staff who see that it is under way do not ask again.
  return check(outstanding, retry, ['before commit'], any(sql`select from invoices where requested_at is not null`))
})

async function asked(engine: Engine): Promise<string> {
  const { rows } = await sql<{
    id: string
  }>`select charge_id as id from charges where status = 'needs_customer'`.execute(engine.system.db)
  return rows[0]?.id ?? ''
}

async function asking(engine: Engine) {
  await owing(engine, 1, { ...goodCard, number: '4000002760003184' })
  await engine.idle()
  await activate(engine.system, of, engine.now())
  await engine.idle()
  const question = await customerQuestion(engine.system, await asked(engine))
  if ('refused' in question) throw new Error(question.refused)
  return question.clientSecret
}

test('B10 handing out a 3-D Secure question', () =>
  check(asking, async (system, engine) => customerQuestion(system, await asked(engine)), ['before gateway hold']))

test('B10 going on after a 3-D Secure question was answered', () =>
  check(
    async (engine) => engine.payer('g').confirm({ clientSecret: await asking(engine) }),
    async (system, engine) => continueCharge(system, await asked(engine), engine.now()),
    ['before update charges'],
  ))

test('staff retry an order whose payment failed', () =>
  check(
    async (engine) => {
      await accountWithCard(engine, accountId)
      await engine.idle()
      declineAll(engine)
      await actsOn(engine, await quoted(engine)).confirm()
      await engine.idle()
      declineNothing(engine)
    },
    async (system, engine) => actsOn(engine, await quoted(engine), system).retry(),
    ['before insert charges', 'before commit'],
  ))

test('noticing that a card expires', () =>
  check(
    (engine) => accountWithCard(engine, accountId, ['g'], { ...goodCard, expMonth: 2, expYear: 2027 }),
    (system, engine) => noticeExpiringCards(system, bucket, engine.now(), 10),
    ['before commit'],
  ))

test('F24 writing the messages of what happened', () =>
  check(
    (engine) => accountWithCard(engine, accountId),
    (system, engine) => writeMessages(system, bucket, engine.now()),
    ['before insert messages', 'before commit'],
  ))

/** Overdue since 1 February, and suspended at last. */
async function suspended(engine: Engine) {
  await outstanding(engine)
  declineAll(engine)
  engine.setNow('2027-02-20T12:00:00Z')
  await engine.idle()
  engine.setNow('2027-03-03T12:00:00Z')
  await engine.idle()
}

test('B16 postponing a suspension', () =>
  check(
    suspended,
    (system, engine) =>
      postponeStanding(system, { ...of, until: '2027-03-10' as Day, by: 'Ada', note: null }, engine.now()), // a day by inspection
    ['before update standings', 'before commit'],
    any(sql`select from standings where postponed_until is not null`),
  ))

test('B16 ending an exemption', () =>
  check(
    async (engine) => {
      await suspended(engine)
      await exemptStanding(engine.system, { ...of, until: null, by: 'Ada', note: null }, engine.now())
    },
    (system, engine) => endExemption(system, { ...of, by: 'Ada' }, engine.now()),
    ['before update standings', 'before commit'],
  ))
