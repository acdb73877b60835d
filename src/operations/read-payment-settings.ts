/** The payer's main page, read in three statements at once, with what each act would do now (B2, B6, B10, B11). */
import { bucketOfAccount } from '../domain/bucket.ts'
import type { Day, Instant } from '../domain/calendar.ts'
import type { CoverageRules } from '../domain/coverage.ts'
import { notBefore } from '../domain/limit.ts'
import {
  type AllowedAction,
  activateLimit,
  allowedActions,
  type NextAutomatic,
  nextAutomatic,
  planActivation,
  planRegistration,
} from '../domain/payment-view.ts'
import { clockOf, suspendsOn } from '../domain/standing.ts'
import {
  type OpenInvoice,
  type OrderCharge,
  readOpenInvoices,
  readOrderCharges,
  readSettingsView,
  type SettingsView,
} from '../postgres/payment-settings-read.ts'
import { factsOf } from './attempt-invoices.ts'
import { rulesOf, type System } from './system.ts'

export interface PaymentSettings {
  readonly settings: SettingsView
  readonly rules: CoverageRules
  readonly outstanding: readonly OutstandingInvoice[]
  /** What is outstanding, at work, asked for, or about to be tried. */
  readonly open: readonly OpenInvoice[]
  readonly orders: readonly OrderCharge[]
  readonly activation: ReturnType<typeof planActivation>
  readonly registration: ReturnType<typeof planRegistration>
  readonly actions: readonly AllowedAction[]
  readonly overdueSince: Instant | null
  /** If nothing is paid and nobody acts; null: it does not come, or has come. */
  readonly suspendsOn: Day | null
}

export interface OutstandingInvoice extends OpenInvoice {
  readonly automatic: NextAutomatic
}

/** Of one coverage, or of all (null); empty when the account is not there or does not use it. */
export async function readPaymentSettings(
  system: System,
  of: { readonly accountId: string; readonly coverage: string | null; readonly callerIsRoot: boolean },
  now: Instant,
): Promise<PaymentSettings[]> {
  const key = { bucket: bucketOfAccount(of.accountId), accountId: of.accountId, coverage: of.coverage }
  const [settings, invoices, orders] = await Promise.all([
    readSettingsView(system.db, key),
    readOpenInvoices(system.db, key, now),
    readOrderCharges(system.db, key, now),
  ])
  return settings.map((row) =>
    viewOf(system, row, {
      open: invoices.filter(({ coverage }) => coverage === row.coverage),
      orders: orders.filter(({ coverage }) => coverage === row.coverage),
      callerIsRoot: of.callerIsRoot,
      now,
    }),
  )
}

function viewOf(
  system: System,
  settings: SettingsView,
  {
    open,
    orders,
    callerIsRoot,
    now,
  }: Pick<PaymentSettings, 'open' | 'orders'> & { readonly callerIsRoot: boolean; readonly now: Instant },
): PaymentSettings {
  const rules = rulesOf(system, settings.coverage)
  const facts = open.map(factsOf)
  const activation = planActivation(
    facts.filter(({ status }) => status === 'outstanding'),
    rules,
    now,
  )
  const outstanding = facts
    .filter(({ status }) => status === 'outstanding')
    .map((invoice) => ({ ...invoice, automatic: nextAutomatic(invoice, invoice.nextAttemptAt, rules, now) }))
  const activateAgainAtWall = notBefore(settings.activatedAtWall, activateLimit, system.wallNow())
  const { accountClosed } = settings
  const overdueSince = clockOf(open.flatMap(({ overdueSince }) => (overdueSince === null ? [] : [{ overdueSince }])))
  const mayBeSuspended = overdueSince !== null && settings.standing !== 'suspended'
  return {
    overdueSince,
    suspendsOn: mayBeSuspended ? suspendsOn({ ...settings, overdueSince }, rules, now) : null,
    settings,
    rules,
    outstanding,
    open,
    orders,
    activation,
    registration: planRegistration(facts, rules, now),
    actions: allowedActions({ callerIsRoot, accountClosed, activation, activateAgainAtWall }),
  }
}

/** What registering a card in this coverage would charge now, and what it would wait for (B6). */
export async function tellRegistration(
  system: System,
  of: { readonly accountId: string; readonly coverage: string },
  now: Instant,
): Promise<ReturnType<typeof planRegistration>> {
  const key = { ...of, bucket: bucketOfAccount(of.accountId) }
  const open = await readOpenInvoices(system.db, key, now)
  return planRegistration(open.map(factsOf), rulesOf(system, of.coverage), now)
}
