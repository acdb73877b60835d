/** The sandbox's controls from another process: the client of `control.ts`. */

import type { ArmedFault, FaultPlan } from './faults.ts'
import type { IssuerRule } from './issuer.ts'
import type { BookedPayment } from './simulator.ts'

/** A card by its fingerprint (`*`: every card), or by the customer who saved it last. */
export type NamedCard = { readonly fingerprint: string } | { readonly account: string; readonly customerId: string }

export interface NewDispute {
  readonly paymentId: string
  /** `fraudulent` when left out. */
  readonly reason?: string
  /** All that is left of the payment when left out. */
  readonly amountMinor?: bigint
  readonly inquiry?: boolean
}

export interface RemoteSimulator {
  /** Each answers the card's fingerprint, null when that customer has none. */
  tell(card: NamedCard, rules: readonly IssuerRule[]): Promise<string | null>
  cure(card: NamedCard): Promise<string | null>
  updateCard(card: NamedCard, expMonth: number, expYear: number): Promise<string | null>
  /** Sends the account's events to an address from now on; null stops it. The simulator remembers it. */
  sendEvents(account: string, url: string | null): Promise<void>
  /** At the gateway's dashboard: without ids of ours. `amountMinor` null is all of it. Each rejects if refused. */
  refundByHand(account: string, paymentId: string, amountMinor: bigint | null): Promise<{ readonly refundId: string }>
  captureByHand(account: string, paymentId: string, amountMinor: bigint | null): Promise<void>
  cancelByHand(account: string, paymentId: string): Promise<void>
  /** The cardholder's bank takes the money back, or (`inquiry`) only asks. */
  dispute(account: string, dispute: NewDispute): Promise<{ readonly disputeId: string }>
  resolveDispute(account: string, disputeId: string, outcome: 'under_review' | 'won' | 'lost'): Promise<void>
  setFaults(part: Partial<FaultPlan>): Promise<void>
  armFault(fault: ArmedFault): Promise<void>
  clearFaults(): Promise<void>
  /** The network's own records, streamed. */
  payments(): AsyncIterable<BookedPayment>
}

/** Calls reject when the simulator is not there or refuses them. */
export function remoteSimulator(options: {
  readonly baseUrl: string
  readonly controlKey: string
  readonly fetch?: typeof fetch
}): RemoteSimulator {
  const { baseUrl, controlKey, fetch: send = fetch } = options
  const headers = { authorization: `Bearer ${controlKey}` }
  const post = async (path: string, value: unknown): Promise<unknown> => {
    const response = await send(`${baseUrl}/simulator${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(value, plain),
    })
    if (!response.ok) throw new Error(`simulator: ${response.status} ${await response.text()}`)
    return response.json()
  }
  const onCard = async (path: string, value: unknown): Promise<string | null> =>
    textOf(await post(path, value), 'fingerprint') || null
  return {
    tell: (card, rules) => onCard('/issuer', { card, rules }),
    cure: (card) => onCard('/issuer/cure', { card }),
    updateCard: (card, expMonth, expYear) => onCard('/issuer/update_card', { card, expMonth, expYear }),
    sendEvents: async (account, url) => void (await post('/webhooks', { account, url })),
    refundByHand: async (account, paymentId, amountMinor) => ({
      refundId: textOf(await post('/dashboard/refund', { account, paymentId, amountMinor }), 'refundId'),
    }),
    captureByHand: async (account, paymentId, amountMinor) =>
      void (await post('/dashboard/capture', { account, paymentId, amountMinor })),
    cancelByHand: async (account, paymentId) => void (await post('/dashboard/cancel', { account, paymentId })),
    dispute: async (account, dispute) => ({
      disputeId: textOf(await post('/dispute', { account, ...dispute }), 'disputeId'),
    }),
    resolveDispute: async (account, disputeId, outcome) =>
      void (await post('/dispute/resolve', { account, disputeId, outcome })),
    setFaults: async (part) => void (await post('/faults', part)),
    armFault: async (fault) => void (await post('/faults/arm', fault)),
    clearFaults: async () => void (await post('/faults/clear', {})),
    async *payments() {
      const response = await send(`${baseUrl}/simulator/payments`, { headers })
      if (!response.ok || response.body === null) throw new Error(`simulator: ${response.status}`)
      let rest = ''
      for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
        const lines = (rest + chunk).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) yield readPayment(line)
      }
    },
  }
}

/** A field of an answer; empty when it has none. */
function textOf(answer: unknown, field: string): string {
  const fields: Readonly<Record<string, unknown>> = typeof answer === 'object' ? { ...answer } : {}
  const value = fields[field]
  return typeof value === 'string' ? value : ''
}

const plain = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? Number(value) : value)

const readPayment = (line: string): BookedPayment =>
  JSON.parse(line, (key, value) =>
    key.endsWith('Minor') && typeof value === 'number' ? BigInt(value) : value,
  ) as BookedPayment // written by control.ts from this type
