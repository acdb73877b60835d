/** Accounts with cards and fees, as many as are asked for, made with statements and not through the operations. */
import { sql } from 'kysely'
import { bucketOfAccount } from '../src/domain/bucket.ts'
import type { Month } from '../src/domain/calendar.ts'
import { json } from '../src/postgres/database.ts'
import type { Engine } from '../test/support/engine.ts'

export const accountIdOf = (index: number): string => `OP${String(index + 1).padStart(10, '0')}`

/** Individual accounts `OP0000000001` and on, each with a good Visa in coverage g. */
export async function populate(engine: Engine, accounts: number): Promise<void> {
  const { system } = engine
  const gateway = system.gateways.get('g')
  if (!gateway) throw new Error('coverage g has no gateway')
  for (let from = 0; from < accounts; from += 5000) {
    const rows = await Promise.all(
      Array.from({ length: Math.min(5000, accounts - from) }, async (_, index) => {
        const account_id = accountIdOf(from + index)
        const bucket = bucketOfAccount(account_id)
        const customer = await gateway.createCustomer({ accountId: account_id, coverage: 'g' })
        if (customer.outcome !== 'approved') throw new Error('the simulator made no customer')
        const methodId = await attachCard(engine, customer.customerId)
        return {
          bucket,
          account_id,
          kind: 'individual',
          card_id: system.makeId(bucket, engine.now()),
          gateway_customer_id: customer.customerId,
          gateway_payment_method_id: methodId,
          fingerprint: `card of ${account_id}`,
        }
      }),
    )
    await sql`insert into accounts (bucket, account_id, kind, created_at)
      select bucket, account_id, kind, now() from json_populate_recordset(null::accounts, ${json(rows)})`.execute(
      system.db,
    )
    await sql`insert into cards (bucket, card_id, account_id, coverage, gateway_payment_method_id, fingerprint, brand, last4, exp_month, exp_year, registered_at)
      select bucket, card_id, account_id, 'g', gateway_payment_method_id, fingerprint, 'visa', '4242', 12, 2034, now()
      from json_populate_recordset(null::cards, ${json(rows)})`.execute(system.db)
    await sql`insert into payment_settings (bucket, account_id, coverage, method, card_id, gateway_customer_id, updated_at)
      select bucket, account_id, 'g', 'card', card_id, gateway_customer_id, now()
      from json_populate_recordset(null::payment_settings, ${json(rows)})`.execute(system.db)
  }
  await sql`analyze`.execute(system.db)
}

async function attachCard(engine: Engine, customerId: string): Promise<string> {
  const call = (command: Parameters<typeof engine.simulator.call>[0]['command']) =>
    engine.simulator.call({ account: 'g', command, key: null, params: '' }, engine.now())
  const made = await call({
    name: 'create_method',
    card: { number: '4242424242424242', expMonth: 12, expYear: 2034, cvc: '123' },
  })
  if (!made.reached || made.answer.object !== 'method') throw new Error('the simulator made no payment method')
  await call({ name: 'attach_method', methodId: made.answer.method.id, customerId })
  return made.answer.method.id
}

/** Five fees of each account for each of `months`, as an import leaves them. */
export async function addFeesOf(engine: Engine, accounts: number, months: readonly Month[]): Promise<void> {
  const { db } = engine.system
  for (const month of months) {
    await sql`insert into runs (coverage, month, status) values ('g', ${month}, 'open') on conflict do nothing`.execute(
      db,
    )
    await sql`
      insert into fees (bucket, account_id, external_id, coverage, billing_month, day, whole_month, item, unit_price,
        quantity, amount, tax_rate_bp, imported_at)
      select a.bucket, a.account_id, ${month}::text || '/' || n, 'g', ${month}::text, (${month}::text || '-' || lpad((5 * n)::text, 2, '0'))::date,
        false, 'data transfer', 0.0000002, 1234567 * n, 0.2469134 * n + (('x' || substr(md5(a.account_id), 1, 4))::bit(16)::int % 900) * 0.01, 0, now()
      from accounts a cross join generate_series(1, 5) n
      where substr(a.account_id, 3)::bigint <= ${accounts} order by a.bucket, a.account_id, n`.execute(db)
  }
  await sql`analyze`.execute(db)
}
