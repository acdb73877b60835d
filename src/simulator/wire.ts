/**
 * An HTTP exchange without its machinery. The wire is served over sockets and given to the SDK as `fetch`; web streams on
 * both sides cost more than all that the simulator does in between, so they appear only where `fetch` wants them.
 */

export interface WireRequest {
  readonly method: string
  /** Path and query. */
  readonly target: string
  header(name: string): string | null
  readonly body: string
}

export interface WireReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** In pieces where it is long. */
  readonly body: string | Iterable<string>
}

export type Wire = (request: WireRequest) => Promise<WireReply>

/** No answer reaches the caller. The code is what a cut socket gives. */
export class ConnectionCut extends Error {
  readonly code = 'ECONNRESET'
}

/** The wire as `fetch`, for the SDK's fetch client: no socket, but the same aborts. */
export const fetchOf =
  (wire: Wire): typeof fetch =>
  async (input, init) => {
    const request = new Request(input, { ...init, signal: null })
    const { pathname, search } = new URL(request.url)
    const { method, headers } = request
    const body = await request.text()
    const answered = wire({ method, target: pathname + search, header: (name) => headers.get(name), body })
    const reply = await (init?.signal ? unlessAborted(answered, init.signal) : answered)
    const text = typeof reply.body === 'string' ? reply.body : [...reply.body].join('')
    return new Response(text, { status: reply.status, headers: reply.headers })
  }

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  return Promise.race([promise, aborted])
}
