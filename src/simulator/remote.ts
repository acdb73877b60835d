/** The sandbox's controls from another process: the client of `control.ts`. */

import type { ArmedFault, FaultPlan } from './faults.ts'
import type { IssuerRule } from './issuer.ts'
import type { BookedPayment, IssuerControl } from './simulator.ts'

/** A card by its fingerprint (`*`: every card), or by the customer who saved it last. */
export type NamedCard = { readonly fingerprint: string } | { readonly account: string; readonly customerId: string }

export interface RemoteSimulator {
  /** Each answers the card's fingerprint, null when that customer has none. */
  tell(card: NamedCard, rules: readonly IssuerRule[]): Promise<string | null>
  cure(card: NamedCard): Promise<string | null>
  updateCard(
    card: NamedCard,
    ...expiry: Parameters<IssuerControl['updateCard']> extends [string, ...infer Rest] ? Rest : never
  ): Promise<string | null>
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
  const onCard = async (path: string, value: unknown): Promise<string | null> => {
    const answer = await post(path, value)
    return typeof answer === 'object' &&
      answer !== null &&
      'fingerprint' in answer &&
      typeof answer.fingerprint === 'string'
      ? answer.fingerprint
      : null
  }
  return {
    tell: (card, rules) => onCard('/issuer', { card, rules }),
    cure: (card) => onCard('/issuer/cure', { card }),
    updateCard: (card, expMonth, expYear) => onCard('/issuer/update_card', { card, expMonth, expYear }),
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

const plain = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? Number(value) : value)

const readPayment = (line: string): BookedPayment =>
  JSON.parse(line, (key, value) =>
    key.endsWith('Minor') && typeof value === 'number' ? BigInt(value) : value,
  ) as BookedPayment // written by control.ts from this type
