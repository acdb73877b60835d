/** What payers and staff do of a day: press Activate, register cards, answer 3-D Secure, approve, resume. */
import { sql } from 'kysely'
import { activate } from '../../src/operations/activate.ts'
import { approveInvoice } from '../../src/operations/approve-invoice.ts'
import { beginRegistration, finishRegistration } from '../../src/operations/register-card.ts'
import { resumeRuns } from '../../src/postgres/runs.ts'
import { goodCardNumber } from '../../src/simulator/cards.ts'
import { clientSecretOf } from '../../src/simulator/customers.ts'
import type { Engine } from '../support/engine.ts'
import { type Chance, type Person, pickOne } from './world.ts'

/** Everybody who has something unpaid may do something about it; and a few register a card for no reason. */
export async function payersAct(engine: Engine, persons: readonly Person[], chance: Chance): Promise<void> {
  const { rows } = await sql<{ accountId: string; coverage: 'g' | 'jp' }>`
    select distinct account_id as "accountId", coverage from invoices where status = 'outstanding'
    order by 1, 2`.execute(engine.system.db)
  for (const { accountId, coverage } of rows) {
    const person = persons.find((one) => one.accountId === accountId)
    if (!person || chance() >= person.cares) continue
    if (chance() < 0.4) await activate(engine.system, { accountId, coverage }, engine.now())
    else await registersSomething(engine, person, coverage, chance)
  }
  for (const person of persons) {
    if (chance() < 0.005) await registersSomething(engine, person, pickOne(chance, person.coverages), chance)
  }
}

/** The same card, another one, or one that the coverage or the issuer refuses; some close the window half-way. */
function registersSomething(engine: Engine, person: Person, coverage: string, chance: Chance): Promise<void> {
  const number = pickOne(chance, [
    person.card.number,
    person.card.number,
    goodCardNumber(1_000 + Math.floor(chance() * 100_000)),
    goodCardNumber(1_000 + Math.floor(chance() * 100_000), 'mastercard'),
    '4000000000000002',
    '4000002500003155',
    '3566002020360505',
  ])
  const card = { ...person.card, number, expYear: 2033, cvc: null }
  const leaves = pickOne(chance, [null, null, null, null, null, null, 'before', 'after'] as const)
  const threeDSecure = pickOne(chance, ['pass', 'pass', 'pass', 'fail', 'abandon'] as const)
  return registers(engine, { accountId: person.accountId, coverage, card, threeDSecure, leaves })
}

export interface Registering {
  readonly accountId: string
  readonly coverage: string
  readonly card: {
    readonly number: string
    readonly expMonth: number
    readonly expYear: number
    readonly cvc: string | null
  }
  readonly threeDSecure: 'pass' | 'fail' | 'abandon'
  /** Closes the window before or after submitting. */
  readonly leaves: 'before' | 'after' | null
}

export async function registers(engine: Engine, registering: Registering): Promise<void> {
  const { accountId, coverage, card, threeDSecure, leaves } = registering
  const begun = await beginRegistration(engine.system, { accountId, coverage }, engine.now())
  if ('refused' in begun || leaves === 'before') return
  await engine.payer(coverage).confirm({ clientSecret: begun.clientSecret, card, threeDSecure })
  if (leaves === 'after') return
  await finishRegistration(engine.system, begun.registrationId, engine.now())
}

/** Payers who pressed Activate and were asked for 3-D Secure answer, or do not. */
export async function payersAnswer(engine: Engine, chance: Chance): Promise<void> {
  const { rows } = await sql<{ paymentId: string; coverage: string }>`
    select gateway_payment_id as "paymentId", coverage from charges
    where status = 'needs_customer' and trigger <> 'verification' order by gateway_payment_id`.execute(engine.system.db)
  for (const { paymentId, coverage } of rows) {
    if (chance() < 0.3) continue
    const clientSecret = clientSecretOf(engine.simulator.books, paymentId)
    await engine.payer(coverage).confirm({ clientSecret, threeDSecure: chance() < 0.7 ? 'pass' : 'fail' })
  }
}

/** Every morning staff approve what waits, and resume what a refusing gateway has paused. */
export async function staffAct(engine: Engine): Promise<void> {
  const { db, coverages } = engine.system
  const { rows } = await sql<{ invoiceId: string }>`
    select invoice_id as "invoiceId" from invoices where status = 'awaiting_approval' order by 1`.execute(db)
  for (const { invoiceId } of rows) await approveInvoice(engine.system, invoiceId, 'staff', engine.now())
  for (const coverage of coverages.keys()) await resumeRuns(db, coverage)
}
