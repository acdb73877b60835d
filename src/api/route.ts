/**
 * One operation of the API: its address, its schemas, its problems and what it does, in one value. `app.ts` serves
 * whatever `routes/` lists; the reference is generated from the same values, and who may call it stands in
 * `domain/access.ts` under the same name.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { Caller, Operation } from '../domain/access.ts'
import type { Instant } from '../domain/calendar.ts'
import type { System } from '../operations/system.ts'
import type { Language } from '../texts/language.ts'
import type { ProblemCode } from '../texts/problems.ts'
import type { ApiSettings } from './app.ts'

export interface Route<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Answer extends z.ZodType = z.ZodType,
> {
  readonly operation: Operation
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Under `/api`; `/accounts/:accountId/…` names the account that a payer must own. */
  readonly path: string
  readonly tag: Tag
  /** Up to ten words, for lists. */
  readonly summary: string
  /** Units, states and consequences, for whoever reads the reference. */
  readonly description?: string
  readonly params?: Params
  readonly query?: Query
  readonly body?: Body
  readonly answer: {
    readonly status: 200 | 201 | 202 | 204
    readonly description: string
    /** Left out: no body. */
    readonly schema?: Answer
    /** Media type of what is not JSON: the handler then sends it by itself through `reply`. */
    readonly mediaType?: string
  }
  /** What it may answer instead, besides what every operation may (`errors.ts`). */
  readonly problems?: readonly ProblemCode[]
  /** Bytes of body accepted; 64 KiB when left out. */
  readonly bodyLimit?: number
  /** The body reaches the handler as the text that came, unread: `asked.rawBody`; for what is signed. */
  readonly rawBody?: boolean
  /** The body is not read at all: the handler streams it from `request.raw`. Media types it takes. */
  readonly streams?: readonly string[]
  /** The answer holds a secret: it is never stored, and under the same Idempotency-Key the operation is run again. */
  readonly secret?: boolean
  readonly handle: (request: Asked<z.output<Params>, z.output<Query>, z.output<Body>>) => Promise<z.input<Answer>>
}

/** What a handler is given. */
export interface Asked<Params = unknown, Query = unknown, Body = unknown> {
  readonly system: System
  readonly settings: ApiSettings
  /** Business time, read once for this request. */
  readonly now: Instant
  readonly caller: Caller
  readonly language: Language
  readonly params: Params
  readonly query: Query
  readonly body: Body
  /**
   * The id of what this request creates. The same for a request repeated under its Idempotency-Key, even when the first
   * one died half-way: an insert under it that meets itself has been done already.
   */
  readonly createId: () => string
  /** The address the request came from, for limits and the audit. */
  readonly address: string
  /** With `rawBody`: exactly what came; else empty. */
  readonly rawBody: string
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

export const tags = {
  'Sign-in': 'Sessions of payers and staff, passwords, one-time passwords, API keys.',
  Accounts: 'Accounts, their users and the coverages they use, as the platform pushes them in.',
  'Payment settings': 'Method, card, error, outstanding invoices; registration; Activate. Root user only.',
  Billing: 'Invoices, charges and fees, with downloads.',
  Orders: 'One-off purchases: quoted, held, captured when shipped. Never retried by themselves.',
  Refunds: 'Money given back, credit notes, disputes.',
  Payouts: 'What the gateway takes, holds and sends to the bank, beside our books.',
  Standing: 'Whether an account is in good standing for a coverage, and when it stops being.',
  'Fees in': 'The platform’s usage, in bulk, and its word that a month is complete.',
  Staff: 'What billing and support staff do for a customer.',
  Gateway: 'What the card gateway tells us.',
  System: 'Health, readiness, this reference.',
} as const
export type Tag = keyof typeof tags

/** Keeps the schemas' types for the handler; adds nothing. */
export const route = <
  Params extends z.ZodType = z.ZodUndefined,
  Query extends z.ZodType = z.ZodUndefined,
  Body extends z.ZodType = z.ZodUndefined,
  Answer extends z.ZodType = z.ZodUndefined,
>(
  definition: Route<Params, Query, Body, Answer>,
): Route => definition as unknown as Route // the handler only ever sees what these very schemas have read
