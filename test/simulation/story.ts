/** What is told of a simulation: one account's story with the gateway's own view of it, and a hash of every row. */
import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { tellAccount } from '../../src/operations/tell-account.ts'
import type { Engine } from '../support/engine.ts'

/** At most 40 lines: the latest of what `bin/kessai account show` tells, and of what the gateway has in its books. */
export async function storyOf(engine: Engine, accountId: string | null): Promise<string[]> {
  const story = accountId === null ? null : await tellAccount(engine.system, accountId, 'en')
  if (story === null) return []
  const ours = story.lines.slice(-26).map(({ at, coverage, text }) => `${when(at)} ${coverage ?? ''} ${text}`)
  const theirs = [...engine.simulator.payments(engine.now())]
    .filter((payment) => payment.accountId === accountId)
    .slice(-11)
    .map((payment) => {
      const { account, id, createdAt, status, amountMinor, capturedMinor, refundedMinor, chargeId, decline } = payment
      const why = decline === null ? '' : ` (${decline.declineCode ?? decline.code})`
      const back = refundedMinor > 0n ? `, ${refundedMinor} given back` : ''
      return `${when(createdAt)} ${account} ${id} ${status}${why}: ${amountMinor} asked, ${capturedMinor} taken${back}; charge ${chargeId}`
    })
  return [`${accountId}, as account show tells it:`, ...ours, 'and as the gateway has it:', ...theirs]
}

const when = (at: number): string => new Date(at).toISOString().replace('.000Z', 'Z')

/** Of every row of every table, whatever their order, and of every payment at the network. */
export async function hashOf({ system, simulator, now }: Engine): Promise<string> {
  const { rows: tables } = await sql<{ name: string }>`
    select tablename as name from pg_tables where schemaname = 'public' order by 1`.execute(system.db)
  const hash = createHash('sha256')
  for (const { name } of tables) {
    const { rows } = await sql<{ digest: string }>`
      select md5(coalesce(string_agg(digest, '' order by digest), '')) as digest
      from (select md5(t::text) as digest from ${sql.table(name)} t) rows`.execute(system.db)
    hash.update(`${name} ${rows[0]?.digest}\n`)
  }
  for (const { id, status, capturedMinor, refundedMinor } of simulator.payments(now())) {
    hash.update(`${id} ${status} ${capturedMinor} ${refundedMinor}\n`)
  }
  return hash.digest('hex').slice(0, 16)
}
