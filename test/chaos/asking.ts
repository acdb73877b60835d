/**
 * Somebody at the API who asks until there is an answer: of any server that is up, again under the same Idempotency-Key
 * when the connection breaks, and sometimes at two servers at once. What was asked and answered is kept, to be held against
 * the rows in the end.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { Kept } from '../../src/demo/processes.ts'

export interface Caller {
  /** An account's id, or the platform's name. */
  readonly name: string
  readonly token: string
  readonly address: string
}

export interface Request {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly by: Caller
  /** JSON, or a file as it is. */
  readonly body?: unknown
}

export interface Told {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

/** One request under one key, however often it was sent. */
export interface Pressed {
  readonly what: string
  readonly by: string
  /** `null`: they went away without hearing anything. */
  readonly told: Told | null
}

export interface Asker {
  ask(request: Request): Promise<Told>
  /** Under a key of its own; `twice` clicks again at once, at another server. Null when they went away unanswered. */
  press(
    what: string,
    request: Request,
    how?: { readonly twice?: boolean; readonly impatient?: boolean },
  ): Promise<Told | null>
  readonly pressed: readonly Pressed[]
  /** Sentences about what must not be: two answers under one key, no answer at all. */
  readonly wrong: readonly string[]
  readonly sent: () => { readonly requests: number; readonly broken: number; readonly faults: number }
}

const patienceMs = 90_000
const againAfterMs = 150

export function asker(servers: readonly Kept[], signal: AbortSignal): Asker {
  const pressed: Pressed[] = []
  const wrong: string[] = []
  const counts = { requests: 0, broken: 0, faults: 0 }
  let turn = 0

  /** One sending; null when it is to be sent again. */
  async function send({ method, path, by, body }: Request, key: string | null): Promise<Told | null> {
    counts.requests += 1
    turn += 1
    try {
      const { port } = (await servers[turn % servers.length]?.hello()) ?? {}
      const answer = await fetch(`http://127.0.0.1:${port}/api${path}`, {
        method,
        headers: {
          authorization: `Bearer ${by.token}`,
          'x-forwarded-for': by.address,
          ...(key === null ? {} : { 'idempotency-key': key }),
          ...typeOf(body),
        },
        ...(body === undefined ? {} : { body: body instanceof Buffer ? new Uint8Array(body) : JSON.stringify(body) }),
        signal: AbortSignal.timeout(30_000),
      })
      const text = await answer.text()
      // Our own API answers objects, or nothing.
      const told = { status: answer.status, body: (text === '' ? {} : JSON.parse(text)) as Told['body'] }
      if (told.status === 500) counts.faults += 1
      return told.status >= 500 || told.body.code === 'request_in_progress' ? null : told
    } catch {
      counts.broken += 1
      return null
    }
  }

  async function until(
    request: Request,
    key: string | null,
    sendings = Number.POSITIVE_INFINITY,
  ): Promise<Told | null> {
    const from = performance.now()
    for (let sent = 1; ; sent++) {
      const told = await send(request, key)
      if (told !== null) return told
      signal.throwIfAborted()
      if (sent >= sendings) return null
      if (performance.now() - from > patienceMs) {
        wrong.push(`${request.method} ${request.path} by ${request.by.name} had no answer in ${patienceMs / 1000} s`)
        return null
      }
      await delay(againAfterMs)
    }
  }

  return {
    async ask(request) {
      const told = await until(request, null)
      if (told === null) throw new Error(`${request.method} ${request.path} was never answered`)
      return told
    },
    async press(what, request, { twice = false, impatient = false } = {}) {
      const key = randomUUID()
      const clicks = Array.from({ length: twice ? 2 : 1 }, () => until(request, key, impatient ? 1 : undefined))
      const [first = null, second = first] = await Promise.all(clicks)
      if (first !== null && second !== null && !isDeepStrictEqual(first, second)) {
        wrong.push(`${what} by ${request.by.name}: two answers under one key: ${JSON.stringify([first, second])}`)
      }
      const told = first ?? second
      pressed.push({ what, by: request.by.name, told })
      return told
    },
    pressed,
    wrong,
    sent: () => counts,
  }
}

function typeOf(body: unknown): Record<string, string> {
  if (body === undefined) return {}
  return { 'content-type': body instanceof Buffer ? 'application/gzip' : 'application/json' }
}
