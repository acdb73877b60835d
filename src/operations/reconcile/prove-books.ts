/**
 * Whether our books are as new as the gateway's. A database that was restored from an older copy does not know what was
 * charged since, and would charge it again under new ids, which no idempotency key can tell from a first time. Only the
 * gateway knows: a payment that bears an id of ours, and has no row here, was made by rows that are lost.
 *
 * Asked before a process first charges, and again whenever it speaks to another server or database than before. Where the
 * books are older, a reconciliation of all since is begun, and nobody charges until it is done (docs/decisions/0016).
 */
import { addDays, dayAt, dayMs, hourMs, type Instant, plusMs } from '../../domain/calendar.ts'
import type { CardGateway } from '../../ports/card-gateway.ts'
import { readNewestAnswered, readServer, type Server } from '../../postgres/proof.ts'
import { insertReconciliation } from '../../postgres/reconciliations.ts'
import { findCharges, findToldPayments } from '../../postgres/reconciling.ts'
import { rulesOf, type System } from '../system.ts'
import { bucketOfOurs } from './page.ts'

type Parts = Pick<System, 'db' | 'coverages' | 'makeId' | 'log' | 'wallNow'>

const lookAgainAfterMs = 1_000

/** Answers how to ask whether the coverage may be charged now. */
export function bookProof(
  parts: Parts,
  coverage: string,
  gateway: CardGateway,
  now: () => Promise<Instant>,
): () => Promise<boolean> {
  let provenOn: string | null = null
  let asked: { untilWall: number; readonly answer: Promise<boolean> } | null = null
  const ask = async (): Promise<boolean> => {
    const server = await readServer(parts.db, coverage)
    if (server.beingRestored) return false
    if (server.identity === provenOn) return true
    if (!(await areProven(parts, coverage, gateway, server, await now()))) return false
    provenOn = server.identity
    return true
  }
  return () => {
    const wall = parts.wallNow()
    if (asked === null || asked.untilWall <= wall) {
      const answer = ask().catch((problem: unknown) => {
        parts.log.warn({ coverage, problem: String(problem) }, 'the books cannot be compared with the gateway’s yet')
        return false
      })
      const fresh = { untilWall: Number.POSITIVE_INFINITY, answer }
      // However long it takes, it is asked once; its answer holds for a second from then.
      void answer.then(() => {
        fresh.untilWall = parts.wallNow() + lookAgainAfterMs
      })
      asked = fresh
    }
    return asked.answer
  }
}

/** With no charge here at all, what another life of this platform left there for so long is looked for. */
const withoutCharges = 92 * dayMs
const pagesAtMost = 50

async function areProven(
  parts: Parts,
  coverage: string,
  gateway: CardGateway,
  server: Server,
  now: Instant,
): Promise<boolean> {
  const newest = await readNewestAnswered(parts.db, coverage)
  const from = newest === null ? plusMs(now, -withoutCharges) : plusMs(newest, -hourMs)
  let cursor: string | null = null
  for (let pages = 0; pages < pagesAtMost; pages++) {
    const listed = await gateway.listPayments({ from, to: plusMs(now, dayMs), cursor })
    if (listed.outcome !== 'found') throw new Error(listed.reason)
    const ours = listed.rows.flatMap(({ paymentId, chargeId }) => {
      const bucket = bucketOfOurs(chargeId)
      return bucket === null || chargeId === null ? [] : [{ paymentId, bucket, charge_id: chargeId }]
    })
    const known = new Set((await findCharges(parts.db, ours)).map(({ chargeId }) => chargeId))
    const lost = ours.filter(({ charge_id }) => !known.has(charge_id)).map(({ paymentId }) => paymentId)
    const told = await findToldPayments(parts.db, coverage, lost)
    if (lost.some((paymentId) => !told.has(paymentId))) {
      await beginRestoring(parts, coverage, from, now)
      parts.log.error(
        { coverage, server: server.identity, since: new Date(from).toISOString() },
        'this database is older than the gateway’s books: nothing is charged until they are reconciled',
      )
      return false
    }
    // The newest of ours are known, and so all before them: what is lost is what came last.
    if (ours.length > 0 || listed.next === null) return true
    cursor = listed.next
  }
  return true
}

/** What was under way at the copy's time may have been placed a week before. */
const daysBefore = 8

async function beginRestoring(parts: Parts, coverage: string, from: Instant, now: Instant): Promise<void> {
  const { timeZone } = rulesOf(parts, coverage)
  const row = {
    coverage,
    reconciliationId: parts.makeId(0, now),
    fromOn: addDays(dayAt(from, timeZone), -daysBefore),
    toOn: addDays(dayAt(now, timeZone), 1),
    reason: 'restored',
    requestedBy: 'the gateway’s books',
    dailyOn: null,
  } as const
  await insertReconciliation(parts.db, row, now)
}
