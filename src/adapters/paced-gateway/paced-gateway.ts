/**
 * A card gateway whose calls keep to the pace that all our processes share: each waits for its place, is made, and
 * tells the others when the gateway turned it away or answers ever more slowly.
 *
 * Without the database there are no places, and calls wait; one that has waited too long was not made, and says so, so
 * that its charge is put back instead of being sent when another worker may have taken it over.
 */
import { performance } from 'node:perf_hooks'
import { type Endpoint, isSlower, type Latency, noLatency, type Trouble, withAnswer } from '../../domain/pace.ts'
import type { CardGateway, NotDone } from '../../ports/card-gateway.ts'
import type { GatewayPace } from '../../ports/pace.ts'
import { type Line, openLine } from './line.ts'

export interface PacedGatewayOptions {
  /**
   * How long a call may wait for its place; two minutes when left out. Far below the ten minutes after which a charge
   * without a trace at the gateway is given up (docs/decisions/0006).
   */
  readonly longestWaitMs?: number
  /** Told when the pace could not be drawn or reported, for the log. */
  readonly onTrouble?: (error: unknown) => void
}

export function pacedGateway(gateway: CardGateway, pace: GatewayPace, options: PacedGatewayOptions = {}): CardGateway {
  const { longestWaitMs = 120_000, onTrouble = () => undefined } = options
  const lines = new Map<Endpoint, Line>()
  const latencies = new Map<Endpoint, Latency>()

  const lineOf = (endpoint: Endpoint): Line => {
    const line =
      lines.get(endpoint) ?? openLine({ draw: (draw) => pace.draw(endpoint, draw), longestWaitMs, onTrouble })
    lines.set(endpoint, line)
    return line
  }
  const tell = (endpoint: Endpoint, trouble: Trouble) => {
    pace.slowDown(endpoint, trouble).catch(onTrouble)
  }
  const learn = (endpoint: Endpoint, answer: { readonly outcome: string } | NotDone, tookMs: number | null) => {
    // What was turned away was answered by the doorkeeper, and says nothing about how long the work takes.
    if (answer.outcome === 'not_executed') {
      const retryAfterMs = 'retryAfterMs' in answer ? answer.retryAfterMs : null
      return tell(endpoint, { kind: 'turned_away', retryAfterMs })
    }
    if (tookMs === null) return
    const latency = withAnswer(latencies.get(endpoint) ?? noLatency, tookMs)
    const slower = isSlower(latency)
    latencies.set(endpoint, slower ? watchAfresh(latency) : latency)
    if (slower) tell(endpoint, { kind: 'slower', retryAfterMs: null })
  }
  const inTurn = async <Answer extends { readonly outcome: string }>(
    endpoint: Endpoint,
    urgent: boolean,
    call: () => Promise<Answer>,
  ): Promise<Answer | NotDone> => {
    if (!(await lineOf(endpoint).place(urgent))) return neverSent
    const [sentMs, before] = [performance.now(), performance.eventLoopUtilization()]
    const answer = await call()
    const tookMs = performance.now() - sentMs
    learn(endpoint, answer, performance.eventLoopUtilization(before).utilization > tooBusyToTell ? null : tookMs)
    return answer
  }

  return {
    apiVersion: gateway.apiVersion,
    createCustomer: (request) => inTurn('customer', true, () => gateway.createCustomer(request)),
    beginRegistration: (request) => inTurn('hold', true, () => gateway.beginRegistration(request)),
    hold: (request) => inTurn('hold', !request.offSession, () => gateway.hold(request)),
    capture: (request) => inTurn('capture', false, () => gateway.capture(request)),
    release: (request) => inTurn('release', false, () => gateway.release(request)),
    lookUp: (request) => inTurn(request.paymentId === null ? 'list' : 'look_up', false, () => gateway.lookUp(request)),
    refund: (request) => inTurn('refund', false, () => gateway.refund(request)),
    lookUpRefunds: (request) => inTurn('refund', false, () => gateway.lookUpRefunds(request)),
    lookUpDispute: (request) => inTurn('dispute', false, () => gateway.lookUpDispute(request)),
    lookUpCard: (request) => inTurn('card', false, () => gateway.lookUpCard(request)),
    listBalance: (request) => inTurn('balance', false, () => gateway.listBalance(request)),
    listPayouts: (request) => inTurn('balance', false, () => gateway.listPayouts(request)),
    readEvent: (request) => gateway.readEvent(request),
    listPayments: (page) => inTurn('list', false, () => gateway.listPayments(page)),
    listRefunds: (page) => inTurn('list', false, () => gateway.listRefunds(page)),
    listDisputes: (page) => inTurn('list', false, () => gateway.listDisputes(page)),
  }
}

const neverSent = {
  outcome: 'not_executed',
  reason: 'no place at the gateway within the time a call may wait',
  retryAfterMs: null,
} satisfies NotDone

/** Trouble that was told is told again only if the answers that follow are slow as well. */
const watchAfresh = (latency: Latency): Latency => ({ ...latency, recentMs: latency.usualMs })

// An answer that lay there while we were at other things says nothing about the gateway.
const tooBusyToTell = 0.7
