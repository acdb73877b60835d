/**
 * The plain way to collect, for comparison: the same rows, the same gateway, the same durability, sixteen connections,
 * but one invoice at a time, a statement for each row it touches. This is how most billing systems do it.
 */
import type pg from 'pg'
import type { Instant } from '../src/domain/calendar.ts'
import type { System } from '../src/operations/system.ts'
import type { CardGateway } from '../src/ports/card-gateway.ts'
import { poolFor } from '../src/postgres/database.ts'

interface DueInvoice {
  bucket: number
  invoice_id: string
  account_id: string
  due_minor: bigint
  card_id: string
  gateway_payment_method_id: string
  gateway_customer_id: string
  fingerprint: string
}

/** Collects up to `atMost` due invoices of coverage g. Answers how many. */
export async function collectRowAtATime(
  url: string,
  system: System,
  gateway: CardGateway,
  now: Instant,
  atMost: number,
): Promise<number> {
  const pool = poolFor(url, { connections: 16 })
  const { rows } = await pool.query<DueInvoice>(
    `select i.bucket, i.invoice_id, i.account_id, i.due_minor, k.card_id, k.gateway_payment_method_id, s.gateway_customer_id, k.fingerprint
     from invoices i join payment_settings s using (bucket, account_id, coverage) join cards k on k.bucket = s.bucket and k.card_id = s.card_id
     where i.next_attempt_at <= $1 limit $2`,
    [new Date(now), atMost],
  )
  const left = [...rows]
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (let due = left.pop(); due; due = left.pop()) await collectOne(pool, system, gateway, due, now)
    }),
  )
  await pool.end()
  return rows.length
}

async function collectOne(
  pool: pg.Pool,
  system: System,
  gateway: CardGateway,
  due: DueInvoice,
  now: Instant,
): Promise<void> {
  const chargeId = system.makeId(due.bucket, now)
  const time = new Date(now)
  const key = [due.bucket, due.invoice_id]
  const amountMinor = due.due_minor
  await inTransaction(pool, async (client) => {
    await client.query('select due_minor from invoices where bucket = $1 and invoice_id = $2 for update', key)
    await client.query(
      `insert into charges (bucket, charge_id, account_id, coverage, invoice_id, trigger, status, priority, amount_minor, currency,
        gateway_customer_id, card_id, gateway_payment_method_id, fingerprint, brand, off_session, api_version, attempt_on,
        intended_at, next_step_at, claimed_by, first_sent_at, last_sent_at, sends)
       values ($1, $2, $3, 'g', $4, 'run', 'intended', 2, $5, 'USD', $6, $7, $8, $9, 'visa', true, $10, $11::timestamptz::date, $11::timestamptz, $11::timestamptz, $12, $11::timestamptz, $11::timestamptz, 1)`,
      [
        due.bucket,
        chargeId,
        due.account_id,
        due.invoice_id,
        due.due_minor,
        due.gateway_customer_id,
        due.card_id,
        due.gateway_payment_method_id,
        due.fingerprint,
        gateway.apiVersion,
        time,
        system.workerId,
      ],
    )
  })
  const held = await gateway.hold({
    chargeId,
    accountId: due.account_id,
    coverage: 'g',
    subjectId: due.invoice_id,
    trigger: 'run',
    customerId: due.gateway_customer_id,
    paymentMethodId: due.gateway_payment_method_id,
    amountMinor,
    currency: 'USD',
    offSession: true,
    apiVersion: gateway.apiVersion,
  })
  if (held.outcome !== 'approved') throw new Error(`hold ${held.outcome}`)
  await inTransaction(pool, async (client) => {
    await client.query('select due_minor from invoices where bucket = $1 and invoice_id = $2 for update', key)
    await client.query(
      `update charges set status = 'capturing', gateway_payment_id = $3, held_at = $4::timestamptz, capturing_at = $4::timestamptz, capture_minor = $5
       where bucket = $1 and charge_id = $2`,
      [due.bucket, chargeId, held.paymentId, time, due.due_minor],
    )
  })
  const { paymentId } = held
  const captured = await gateway.capture({
    chargeId,
    paymentId,
    amountMinor,
    currency: 'USD',
    apiVersion: gateway.apiVersion,
  })
  if (captured.outcome !== 'approved') throw new Error(`capture ${captured.outcome}`)
  await inTransaction(pool, async (client) => {
    await client.query('select due_minor from invoices where bucket = $1 and invoice_id = $2 for update', key)
    await client.query(
      `update charges set status = 'captured', captured_at = $3::timestamptz, captured_minor = $4, settled_at = $3::timestamptz, claimed_by = null, next_step_at = null
       where bucket = $1 and charge_id = $2`,
      [due.bucket, chargeId, time, due.due_minor],
    )
    await client.query(
      `update invoices set status = 'paid', captured_minor = captured_minor + $3, next_attempt_at = null, paid_at = $4
       where bucket = $1 and invoice_id = $2`,
      [...key, due.due_minor, time],
    )
    await client.query(
      `insert into postings (bucket, account_id, source_id, kind, coverage, invoice_id, debit, credit, amount_minor, currency, posted_at)
       values ($1, $2, $3, 'captured', 'g', $4, 'gateway_clearing', 'receivable', $5, 'USD', $6)`,
      [due.bucket, due.account_id, chargeId, due.invoice_id, due.due_minor, time],
    )
    await client.query(
      `insert into events (bucket, account_id, event_id, coverage, kind, invoice_id, charge_id, details, happened_at)
       values ($1, $2, $3, 'g', 'charge_captured', $4, $5, '{}', $6)`,
      [due.bucket, due.account_id, system.makeId(due.bucket, now), due.invoice_id, chargeId, time],
    )
  })
}

async function inTransaction(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<void>): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await work(client)
    await client.query('commit')
  } catch (problem) {
    await client.query('rollback')
    throw problem
  } finally {
    client.release()
  }
}
