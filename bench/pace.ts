/**
 * Item 3: how much of the gateway's limit is used, and how often it turns us away. Several callers, each with its own
 * pool and its own lines as a process of its own has them, place holds and capture them on the real adapter over HTTP,
 * against the simulator with its real latency and its real limiter. Measured where the calls leave us: the steady
 * stream between the first and the last call of each endpoint.
 */
import { sql } from 'kysely'
import { outsideTransactions } from '../src/adapters/outside-transactions.ts'
import { pacedGateway } from '../src/adapters/paced-gateway/paced-gateway.ts'
import { stripeGateway } from '../src/adapters/stripe/gateway.ts'
import type { PaceLimits } from '../src/domain/pace.ts'
import type { CardGateway } from '../src/ports/card-gateway.ts'
import { connect, inTransaction } from '../src/postgres/database.ts'
import { drawPlaces, slowLineDown } from '../src/postgres/gateway-pace.ts'
import { type ServedSimulator, serveSimulator } from '../src/simulator/serve.ts'

export interface PaceBenchArgs {
  /** The gateway's limit for each endpoint. */
  readonly perSecond: number
  /** Its limit over all endpoints; four times as much when left out, so that the endpoints' own is what counts. */
  readonly overallPerSecond?: number
  /** What the gateway really allows each endpoint, when that is less than we believe. */
  readonly trulyPerSecond?: number
  readonly latencyMs?: number
  readonly seconds?: number
  readonly callers?: number
}

/** On a migrated database. `shareOfLimit` (1 is all of it) is that of the limit which binds. */
export async function benchPace(
  database: { readonly url: string },
  args: PaceBenchArgs,
): Promise<Record<string, number>> {
  const { perSecond, latencyMs = 300, seconds = 15, callers = 3 } = args
  const limits = { perSecond: args.overallPerSecond ?? 4 * perSecond, perEndpointPerSecond: perSecond }
  const simulator = await serveSimulator({
    port: 0,
    journalPath: null,
    seed: 'pace',
    now: () => Date.now(),
    controlKey: null,
  })
  simulator.simulator.faults.set({
    latencyMs: { min: latencyMs, max: latencyMs },
    limits: { ...limits, perEndpointPerSecond: args.trulyPerSecond ?? perSecond },
  })
  await freshCoverage(database.url)
  const seen = createLog()
  const opened = Array.from({ length: callers }, () => openCaller(database.url, limits, simulator, seen))
  try {
    const endsMs = performance.now() + seconds * 1_000
    // Enough that some always wait for a place, however long the answers take.
    const pairs = Math.ceil((perSecond * (2 * latencyMs + 1_000)) / 1_000)
    const customerId = await customerOf(simulator)
    const run = async (gateway: CardGateway, name: string) => {
      for (let index = 0; performance.now() < endsMs; index += 1) {
        await holdAndCapture(gateway, customerId, `${name}-${index}`)
      }
    }
    await Promise.all(
      opened.flatMap(({ gateway }, caller) =>
        Array.from({ length: pairs }, (_, pair) => run(gateway, `${caller}-${pair}`)),
      ),
    )
    return { item: 3, limitPerSecond: perSecond, latencyMs, callers, ...figuresOf(seen, limits) }
  } finally {
    await Promise.all(opened.map(({ close }) => close()))
    await simulator.stop()
  }
}

const coverage = 'bench_pace'

async function freshCoverage(databaseUrl: string): Promise<void> {
  const db = connect(databaseUrl, { connections: 1 })
  await sql`insert into coverages values (${coverage}, 'USD', 'UTC') on conflict do nothing`.execute(db)
  await sql`delete from gateway_pace where coverage = ${coverage}`.execute(db)
  await db.destroy()
}

interface CallLog {
  readonly sentMs: Record<'hold' | 'capture', number[]>
  turnedAway: number
  failed: number
}
const createLog = (): CallLog => ({ sentMs: { hold: [], capture: [] }, turnedAway: 0, failed: 0 })

const stripeAt = ({ port }: ServedSimulator): CardGateway =>
  stripeGateway({ secretKey: 'sk_test_pace', timeoutMs: 80_000, host: '127.0.0.1', port, protocol: 'http' })

async function customerOf(simulator: ServedSimulator): Promise<string> {
  const created = await stripeAt(simulator).createCustomer({ accountId: 'OP0000000001', coverage })
  if (created.outcome !== 'approved') throw new Error(`no customer: ${created.outcome}`)
  return created.customerId
}

function openCaller(databaseUrl: string, limits: PaceLimits, simulator: ServedSimulator, seen: CallLog) {
  const db = connect(databaseUrl, { connections: 2 })
  const pace = {
    draw: drawPlaces.bind(null, db, coverage, limits),
    slowDown: slowLineDown.bind(null, db, coverage),
  }
  return {
    gateway: outsideTransactions(pacedGateway(watched(stripeAt(simulator), seen), pace), inTransaction),
    close: () => db.destroy(),
  }
}

/** Stands between the pace and the wire, and writes down what goes out and how it ends. */
function watched(gateway: CardGateway, seen: CallLog): CardGateway {
  const watch = async <Answer extends { readonly outcome: string }>(
    endpoint: 'hold' | 'capture',
    call: () => Promise<Answer>,
  ) => {
    seen.sentMs[endpoint].push(performance.now())
    const answer = await call()
    if (answer.outcome === 'not_executed') seen.turnedAway += 1
    else if (answer.outcome !== 'approved') seen.failed += 1
    return answer
  }
  return {
    ...gateway,
    hold: (request) => watch('hold', () => gateway.hold(request)),
    capture: (request) => watch('capture', () => gateway.capture(request)),
  }
}

async function holdAndCapture(gateway: CardGateway, customerId: string, name: string): Promise<void> {
  const charge = { chargeId: name, amountMinor: 1_000n, currency: 'USD', apiVersion: gateway.apiVersion }
  const account = { accountId: `OP${name}`, coverage, subjectId: name, trigger: 'run', customerId }
  const held = await gateway.hold({ ...charge, ...account, paymentMethodId: 'pm_card_visa', offSession: true })
  if (held.outcome === 'approved') await gateway.capture({ ...charge, paymentId: held.paymentId })
}

function figuresOf({ sentMs, turnedAway, failed }: CallLog, limits: PaceLimits) {
  const hold = perSecondOf(sentMs.hold)
  const capture = perSecondOf(sentMs.capture)
  const all = perSecondOf([...sentMs.hold, ...sentMs.capture])
  const endpointShare = Math.min(hold, capture) / limits.perEndpointPerSecond
  return {
    calls: sentMs.hold.length + sentMs.capture.length,
    holdsPerSecond: rounded(hold),
    capturesPerSecond: rounded(capture),
    shareOfLimit: rounded(Math.max(endpointShare, all / limits.perSecond)),
    turnedAway,
    failed,
  }
}

/** The rate of the stream from its first to its last call. */
function perSecondOf(sent: readonly number[]): number {
  const [first, last] = [Math.min(...sent), Math.max(...sent)]
  return sent.length < 2 ? 0 : ((sent.length - 1) * 1_000) / (last - first)
}

const rounded = (share: number): number => Math.round(share * 1_000) / 1_000
