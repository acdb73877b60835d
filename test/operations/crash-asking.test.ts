/** What people and the platform ask for, with the worker dying before and after each effect of it. */
import { Readable } from 'node:stream'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { bucketOfAccount } from '../../src/domain/bucket.ts'
import type { Day } from '../../src/domain/calendar.ts'
import { activate } from '../../src/operations/activate.ts'
import { addAccounts } from '../../src/operations/add-accounts.ts'
import { approveInvoice } from '../../src/operations/approve-invoice.ts'
import { feeRecords } from '../../src/operations/fees/fee-records.ts'
import { importFees } from '../../src/operations/import-fees.ts'
import { performDueCharges } from '../../src/operations/perform-charges.ts'
import { beginRegistration, finishRegistration } from '../../src/operations/register-card.ts'
import type { System } from '../../src/operations/system.ts'
import { endTrials, grantTrial } from '../../src/operations/trials.ts'
import { crashEverywhere, type Scene } from '../support/crash.ts'
import { testDatabase } from '../support/database.ts'
import { accountWithCard, addFees, type Engine, goodCard } from '../support/engine.ts'
import { outstanding, owing } from '../support/scenes.ts'

const database = testDatabase()
const accountId = 'OP0000000001'
const bucket = bucketOfAccount(accountId)
const of = { accountId, coverage: 'g' }

async function check(scene: Scene, diesAt: readonly string[]) {
  expect(await crashEverywhere(database, scene)).toEqual(expect.arrayContaining([...diesAt]))
}

const addAccount = (system: System, engine: Engine) =>
  addAccounts(
    system,
    [{ accountId, kind: 'business', email: 'root@example.com', coverages: ['g', 'jp'] }],
    engine.now(),
  )

/** As a payer does who is asked again: opens the form, types the card, and waits for the end. */
async function register(system: System, engine: Engine) {
  const begun = await beginRegistration(system, of, engine.now())
  if ('refused' in begun) throw new Error(begun.refused)
  await confirm(engine, begun.clientSecret)
  return finishRegistration(system, begun.registrationId, engine.now())
}

async function confirm(engine: Engine, clientSecret: string, card = goodCard) {
  await engine.payer('g').confirm({ clientSecret, card })
}

/** Whether this account has this registration behind it already. */
async function isRegistered(engine: Engine): Promise<boolean> {
  const settings = await engine.system.db
    .selectFrom('payment_settings')
    .select('method')
    .where('coverage', '=', 'g')
    .executeTakeFirst()
  return settings?.method === 'card'
}

test('adding accounts', () =>
  check({ setUp: async () => undefined, operate: addAccount, repeat: addAccount }, ['before commit']))

test('beginning a registration', () =>
  check(
    {
      setUp: (engine) => addAccount(engine.system, engine),
      operate: (system, engine) => beginRegistration(system, of, engine.now()),
      repeat: (system, engine) => beginRegistration(system, of, engine.now()),
    },
    ['before gateway createCustomer', 'before gateway beginRegistration'],
  ))

test('registering a card from the first click to the end', () =>
  check(
    {
      setUp: (engine) => addAccount(engine.system, engine),
      operate: register,
      repeat: async (system, engine) => {
        if (!(await isRegistered(engine))) await register(system, engine)
      },
    },
    ['before gateway createCustomer', 'before gateway beginRegistration', 'before commit'],
  ))

test('finishing a registration that pays what is outstanding', () => {
  let registrationId = ''
  const finish = (system: System, engine: Engine) => finishRegistration(system, registrationId, engine.now())
  return check(
    {
      setUp: async (engine) => {
        await outstanding(engine)
        const begun = await beginRegistration(engine.system, of, engine.now())
        if ('refused' in begun) throw new Error(begun.refused)
        registrationId = begun.registrationId
        await confirm(engine, begun.clientSecret)
      },
      operate: finish,
      repeat: finish,
    },
    ['before update charges', 'before update invoices', 'before commit'],
  )
})

test('finishing a registration whose card was declined', () => {
  let registrationId = ''
  const finish = (system: System, engine: Engine) => finishRegistration(system, registrationId, engine.now())
  return check(
    {
      setUp: async (engine) => {
        await addAccount(engine.system, engine)
        const begun = await beginRegistration(engine.system, of, engine.now())
        if ('refused' in begun) throw new Error(begun.refused)
        registrationId = begun.registrationId
        await confirm(engine, begun.clientSecret, { ...goodCard, number: '4000000000000002' })
      },
      operate: finish,
      repeat: finish,
    },
    ['before with charges', 'before commit'],
  )
})

test('releasing the hold that proved a card', () =>
  check(
    {
      setUp: (engine) => accountWithCard(engine, accountId),
      operate: (system, engine) => performDueCharges(system, bucket, engine.now(), 100),
    },
    ['before gateway release', 'before commit'],
  ))

test('Activate', () =>
  check(
    {
      setUp: async (engine) => {
        await outstanding(engine)
      },
      operate: (system, engine) => activate(system, of, engine.now()),
      // A payer who sees that it is under way does not press again.
      repeat: async (system, engine) => {
        const { rows } = await sql`select from invoices where requested_at is not null`.execute(system.db)
        if (rows.length === 0) await activate(system, of, engine.now())
      },
    },
    ['before update accounts', 'before update invoices', 'before commit'],
  ))

test('granting a trial and ending it', () => {
  const grant = (system: System, engine: Engine) =>
    grantTrial(system, { ...of, endsOn: '2027-01-20' as Day, grantedBy: 'staff' }, engine.now())
  return check(
    {
      setUp: (engine) => addAccount(engine.system, engine),
      operate: async (system, engine) => {
        await grant(system, engine)
        engine.setNow('2027-01-21T00:00:00Z')
        await endTrials(system, bucket, engine.now())
      },
      repeat: async (system, engine) => {
        const { trial_days: days } = await engine.system.db
          .selectFrom('payment_settings')
          .select('trial_days')
          .where('coverage', '=', 'g')
          .executeTakeFirstOrThrow()
        if (String(days) === '{}') await grant(system, engine)
        engine.setNow('2027-01-21T00:00:00Z')
      },
    },
    ['before update payment_settings', 'before commit'],
  )
})

test('importing fees, sent again when no answer came', () => {
  const lines = Array.from({ length: 5 }, (_, index) => {
    const amount = `${index + 1}.5`
    return JSON.stringify({
      externalId: `fee ${index}`,
      accountId,
      coverage: 'g',
      date: '2027-01-09',
      item: 'data',
      amount,
    })
  })
  const importing = (system: System, engine: Engine) =>
    importFees(system, feeRecords(Readable.from([Buffer.from(lines.join('\n'))])), { batchLines: 2 }, engine.now())
  return check({ setUp: (engine) => addAccount(engine.system, engine), operate: importing, repeat: importing }, [
    'before commit',
  ])
})

test('approving an unusually large invoice', () => {
  const approve = async (system: System, engine: Engine) => {
    const { rows } = await sql<{ id: string }>`select invoice_id as id from invoices where month = '2027-02'`.execute(
      engine.system.db,
    )
    return approveInvoice(system, rows[0]?.id ?? '', 'staff', engine.now())
  }
  return check(
    {
      setUp: async (engine) => {
        await owing(engine)
        await engine.idle()
        await addFees(engine, [{ accountId, month: '2027-02', amount: '500' }])
        engine.setNow('2027-03-01T06:00:00Z')
        await engine.idle()
      },
      operate: approve,
      repeat: approve,
    },
    ['before update invoices', 'before commit'],
  )
})
