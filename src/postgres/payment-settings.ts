/** Accounts, their users and payment settings, and cards as they are registered and replaced. */
import { sql } from 'kysely'
import type { Day, Instant } from '../domain/calendar.ts'
import type { GatewayCardFacts } from '../domain/registration.ts'
import { at, json, type Queries, rowsOf, table } from './database.ts'
import type { Method } from './tables.ts'

export interface NewAccount {
  readonly bucket: number
  readonly account_id: string
  readonly kind: 'individual' | 'business'
  readonly user_id: string
  readonly email: string
}

/** Inserts accounts with their root users and one payment settings row per coverage; what exists stays as it is. */
export async function insertAccounts(
  tx: Queries,
  accounts: readonly NewAccount[],
  coverages: readonly { readonly bucket: number; readonly account_id: string; readonly coverage: string }[],
  now: Instant,
): Promise<void> {
  await sql`insert into accounts (bucket, account_id, kind, created_at)
    select bucket, account_id, kind, ${at(now)} from json_populate_recordset(null::accounts, ${json(accounts)})
    on conflict do nothing`.execute(tx)
  await sql`insert into users (bucket, user_id, account_id, role, email, created_at)
    select bucket, user_id, account_id, 'root', email, ${at(now)} from json_populate_recordset(null::users, ${json(accounts)})
    on conflict do nothing`.execute(tx)
  await sql`insert into payment_settings (bucket, account_id, coverage, method, updated_at)
    select bucket, account_id, coverage, 'none', ${at(now)} from json_populate_recordset(null::payment_settings, ${json(coverages)})
    on conflict do nothing`.execute(tx)
}

export interface SettingsKey {
  readonly bucket: number
  readonly accountId: string
  readonly coverage: string
}

export interface SettingsRow {
  readonly method: Method
  readonly cardId: string | null
  readonly customerId: string | null
  readonly accountClosed: boolean
}

/** Locks one account's payment settings for one coverage; null when there are none. */
export async function lockSettings(tx: Queries, key: SettingsKey): Promise<SettingsRow | null> {
  const [row] = await rowsOf(
    tx,
    sql<SettingsRow>`
      select s.method, s.card_id as "cardId", s.gateway_customer_id as "customerId", a.closed_at is not null as "accountClosed"
      from payment_settings s join accounts a on a.bucket = s.bucket and a.account_id = s.account_id
      where s.bucket = ${key.bucket} and s.account_id = ${key.accountId} and s.coverage = ${key.coverage}
      for no key update of s`,
  )
  return row ?? null
}

/** Locks the payment settings of several accounts, for what is to change them after their invoices are locked. */
export async function lockManySettings(
  tx: Queries,
  bucket: number,
  keys: readonly { readonly account_id: string; readonly coverage: string }[],
): Promise<void> {
  await sql`
    select from payment_settings s join (select distinct * from ${table(keys, { account_id: 'text', coverage: 'text' })}) d
      on d.account_id = s.account_id and d.coverage = s.coverage
    where s.bucket = ${bucket} order by s.account_id, s.coverage for no key update of s`.execute(tx)
}

/**
 * Locks the unpaid invoices of an account in a coverage. Its payment settings are locked, so that none is added: whoever
 * issues, approves or re-opens one locks those first.
 */
export async function lockUnpaid(tx: Queries, { bucket, accountId, coverage }: SettingsKey): Promise<void> {
  await sql`
    select from invoices where bucket = ${bucket} and account_id = ${accountId} and coverage = ${coverage}
      and status in ('scheduled', 'outstanding')
    order by invoice_id for no key update`.execute(tx)
}

/** The first customer stays: two registrations at once use the same. Answers the one that holds. */
export async function writeCustomer(tx: Queries, key: SettingsKey, customerId: string): Promise<string> {
  const [row] = await rowsOf(
    tx,
    sql<{ customerId: string }>`
      update payment_settings set gateway_customer_id = coalesce(gateway_customer_id, ${customerId})
      where bucket = ${key.bucket} and account_id = ${key.accountId} and coverage = ${key.coverage}
      returning gateway_customer_id as "customerId"`,
  )
  return row?.customerId ?? customerId
}

/** A card becomes the method: whatever was there is replaced, a trial ends the day before. */
export async function replaceMethod(
  tx: Queries,
  key: SettingsKey,
  cardId: string,
  card: GatewayCardFacts,
  today: Day,
  now: Instant,
): Promise<void> {
  await sql`update cards set replaced_at = ${at(now)} where bucket = ${key.bucket} and account_id = ${key.accountId}
    and coverage = ${key.coverage} and replaced_at is null`.execute(tx)
  await sql`
    insert into cards (bucket, card_id, account_id, coverage, gateway_payment_method_id, fingerprint, brand, last4,
      exp_month, exp_year, registered_at)
    values (${key.bucket}, ${cardId}, ${key.accountId}, ${key.coverage}, ${card.paymentMethodId}, ${card.fingerprint},
      ${card.brand}, ${card.last4}, ${card.expMonth}, ${card.expYear}, ${at(now)})`.execute(tx)
  await sql`
    update payment_settings set method = 'card', card_id = ${cardId}, trial_ends_on = null,
      trial_days = trial_days - datemultirange(daterange(${today}::date, null)), updated_at = ${at(now)}
    where bucket = ${key.bucket} and account_id = ${key.accountId} and coverage = ${key.coverage}`.execute(tx)
}

/**
 * Asks for an attempt at every outstanding invoice of the coverage. A registered card is also meant for those whose
 * charge is still at work with the old card: should it fail, the new one is tried (B6); and for those the run is about
 * to try, which may have read the settings as they were before. Activate leaves both alone, and what may not be tried.
 */
export const requestAttempts = async (
  tx: Queries,
  key: SettingsKey,
  by:
    | { readonly trigger: 'card_registered' }
    | { readonly trigger: 'activate'; readonly invoiceIds: readonly string[] },
  now: Instant,
): Promise<{ invoiceId: string; dueMinor: bigint }[]> => {
  const { trigger } = by
  await lockUnpaid(tx, key)
  const wanted =
    by.trigger === 'activate'
      ? sql`i.status = 'outstanding' and not ${atWork} and i.invoice_id = any(${by.invoiceIds}::uuid[])`
      : registeringAttempts(now)
  return rowsOf(
    tx,
    sql<{ invoiceId: string; dueMinor: bigint }>`
      update invoices i set requested_trigger = ${trigger}, requested_at = ${at(now)}
      where i.bucket = ${key.bucket} and i.account_id = ${key.accountId} and i.coverage = ${key.coverage} and ${wanted}
      returning invoice_id as "invoiceId", due_minor as "dueMinor"`,
  )
}

const atWork = sql`exists (
  select from charges c where c.bucket = i.bucket and c.invoice_id = i.invoice_id and c.settled_at is null)`

/** Invoices `i` that a card registered at `now` is meant for. */
export const registeringAttempts = (now: Instant) =>
  sql`(i.status = 'outstanding' or i.status = 'scheduled' and (${atWork} or i.next_attempt_at <= ${at(now)}))`

/** When Activate was pressed lately, by the wall clock, with the account locked: one press is weighed at a time. */
export async function lockActivations(tx: Queries, key: SettingsKey): Promise<Instant[]> {
  const [row] = await rowsOf(
    tx,
    sql<{ presses: Instant[] }>`select activated_at_wall as presses from accounts
      where bucket = ${key.bucket} and account_id = ${key.accountId} for no key update`,
  )
  return row?.presses ?? []
}

/** Keeps the presses that still count. Wall time: this guards us, it does not move money. */
export async function writeActivations(
  tx: Queries,
  key: SettingsKey,
  pressesAtWall: readonly Instant[],
): Promise<void> {
  const presses = pressesAtWall.map((press) => new Date(press).toISOString())
  await sql`update accounts set activated_at_wall = ${presses}::timestamptz[]
    where bucket = ${key.bucket} and account_id = ${key.accountId}`.execute(tx)
}
