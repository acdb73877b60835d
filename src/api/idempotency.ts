/**
 * The same POST twice is done once (design section 7): a request under an Idempotency-Key is claimed as a row before it is
 * begun, and its answer kept with it. Who dies half-way leaves a claim that the next one takes over, with the same
 * resource id, so that whatever was made already is met and not made again.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Caller } from '../domain/access.ts'
import { bucketOfAccount, isAccountId } from '../domain/bucket.ts'
import type { System } from '../operations/system.ts'
import { type RequestKey, readRequest } from '../postgres/idempotency.ts'
import { claim, type Outcome, settle } from './claims.ts'
import { Problem } from './errors.ts'
import { requestHash } from './request-hash.ts'

interface Marks {
  key: RequestKey | null
  resourceId: string | null
}
const marks = new WeakMap<FastifyRequest, Marks>()
const none: Marks = { key: null, resourceId: null }
export const requestMarks = (request: FastifyRequest): Marks => marks.get(request) ?? none

export function rememberAnswers(api: FastifyInstance, system: System): void {
  api.addHook('preValidation', async (request, reply) => begin(request, reply, system))
  api.addHook('onSend', async (request, reply, payload) => {
    const { key } = requestMarks(request)
    if (key !== null) await settle(system, key, outcomeOf(request, reply, payload))
    return payload
  })
}

/** Kept, unless the same request may be answered otherwise another time, or the answer is for one pair of eyes. */
function outcomeOf(request: FastifyRequest, { statusCode }: FastifyReply, payload: unknown): Outcome {
  if (statusCode >= 500 || statusCode === 429 || request.routeOptions.config.route?.secret) return null
  if (payload === undefined || payload === null) return { status: statusCode, answer: '' }
  return typeof payload === 'string' ? { status: statusCode, answer: payload } : null
}

async function begin(request: FastifyRequest, reply: FastifyReply, system: System): Promise<FastifyReply | undefined> {
  const header = request.headers['idempotency-key']
  const route = request.routeOptions.config.route
  const caller = nameOf(request.caller)
  if (request.method !== 'POST' || header === undefined || route === undefined || caller === null || route.streams)
    return
  if (typeof header !== 'string' || !/^[\x21-\x7e]{1,100}$/.test(header)) throw new Problem('idempotency_key_malformed')
  const key = { caller, key: header }
  const wanted = {
    operation: route.operation,
    requestHash: requestHash(request, system.secret),
    resourceId: idFor(request, system),
  }
  const claimed = await claim(system, key, wanted)
  if (claimed) {
    marks.set(request, { key, resourceId: claimed.resourceId })
    return
  }
  const known = await readRequest(system.db, key)
  if (!known || known.operation !== wanted.operation || !known.requestHash.equals(wanted.requestHash))
    throw new Problem('idempotency_key_reused')
  if (known.status === null) throw new Problem('request_in_progress', { retryAfterSeconds: 1 })
  reply.code(known.status).header('idempotency-replayed', 'true')
  if (known.answer === '') return reply.send()
  const type = known.status < 400 ? 'application/json' : 'application/problem+json'
  return reply
    .header('content-type', `${type}; charset=utf-8`)
    .serializer((text: unknown) => String(text))
    .send(known.answer)
}

/** The same whichever session somebody uses. Nobody has no requests to remember. */
function nameOf(caller: Caller): string | null {
  if (caller.kind === 'root' || caller.kind === 'sam') return `user ${caller.userId}`
  if (caller.kind === 'staff') return `staff ${caller.staffId}`
  return caller.kind === 'platform' ? `key ${caller.keyId}` : null
}

function idFor({ params }: FastifyRequest, system: System): string {
  const { accountId } = params as { accountId?: string } // the router's: text, or not in the path
  const bucket = accountId !== undefined && isAccountId(accountId) ? bucketOfAccount(accountId) : 0
  // Only the bucket in it is read; its time is never compared.
  return system.makeId(bucket, system.wallNow())
}
