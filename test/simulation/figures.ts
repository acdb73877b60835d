/** What a simulation came to, in numbers. */
import { sql } from 'kysely'
import type { Stage } from './stage/stage.ts'

const counted = {
  invoices: sql`select count(*) from invoices`,
  paid: sql`select count(*) from invoices where status = 'paid'`,
  outstanding: sql`select count(*) from invoices where status = 'outstanding'`,
  charges: sql`select count(*) from charges where trigger <> 'verification'`,
  captures: sql`select count(*) from charges where status = 'captured'`,
  declines: sql`select count(*) from charges where status = 'declined'`,
  registrations: sql`select count(*) from charges where trigger = 'verification'`,
  'taken over': sql`select count(*) from charges where sends > 1`,
  'once unknown': sql`select count(distinct charge_id) from events where kind = 'charge_unknown'`,
  'skipped days': sql`select count(*) from skips`,
  orders: sql`select count(*) from orders`,
  shipped: sql`select count(*) from orders where captured_minor > 0`,
  refunds: sql`select count(*) from refunds where status = 'succeeded'`,
  disputes: sql`select count(*) from disputes`,
  'differences reconciled': sql`select count(*) from reconciliation_differences`,
  'staff entries': sql`select count(*) from staff_queue`,
} as const
export type Counts = Readonly<Record<string, number>>

export async function countsOf({ engine, deaths, answers }: Stage): Promise<Counts> {
  const rows = Object.entries(counted).map(([name, query]) => sql`(${query}) as ${sql.ref(name)}`)
  const answer = await sql<Record<string, bigint>>`select ${sql.join(rows)}`.execute(engine.system.db)
  const numbers = Object.entries(answer.rows[0] ?? {}).map(([name, count]) => [name, Number(count)])
  const heard = ['unknown', 'not_executed', 'refused'].map((outcome) => [`calls ${outcome}`, answers.get(outcome) ?? 0])
  const died = { 'dead workers': deaths.workers, 'dead servers': deaths.servers }
  return { ...Object.fromEntries([...numbers, ...heard]), ...died }
}
