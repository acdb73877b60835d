/** How the in-process face asks the core, and what an error of the core means for every call. */
import type { NotDone } from '../ports/card-gateway.ts'
import type { Command } from './core.ts'
import type { Answer, GatewayError } from './rows.ts'

/** Sends one command through the faults; `key` and `params` are its idempotency key and a digest of what it fixes. */
export type Send = (command: Command, key: string | null, params: string) => Promise<Answer | NotDone>

/** The errors that mean the same for every call; null for those that a call has to understand itself. */
export function notDone(error: GatewayError): NotDone | null {
  if (error.type === 'card_error' || error.payment !== null) return null
  const reason = reasonOf(error)
  if (error.status === 429) return { outcome: 'not_executed', reason, retryAfterMs: null }
  if (error.status >= 500 || error.type === 'idempotency_error') return { outcome: 'unknown', reason }
  return error.status === 401 ? { outcome: 'refused', reason } : null
}

/** An answer that the call has no use for: a mistake of ours, and a read that names what is not there. */
export const misfit = (answer: Answer): NotDone => ({
  outcome: 'refused',
  reason: answer.object === 'error' ? reasonOf(answer.error) : `unexpected answer: ${answer.object}`,
})

export const isMissing = (answer: Answer): boolean =>
  answer.object === 'error' && answer.error.code === 'resource_missing'

const reasonOf = ({ code, type, status, message }: GatewayError): string => `${code ?? type} (${status}): ${message}`
