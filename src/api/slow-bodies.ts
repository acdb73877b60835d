/**
 * Bodies that trickle in, or stop coming. Node's own limit is on a request as a whole, and would end an upload that is
 * merely long: so a body is bound in time, except one that is streamed, of which each next byte is. All wall time.
 */
import type { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ApiSettings } from './app.ts'
import { Problem } from './errors.ts'

type Bounds = Pick<ApiSettings, 'bodyTimeoutMs'>
const timeoutOf = ({ bodyTimeoutMs = 30_000 }: Bounds): number => bodyTimeoutMs

export function boundBodies(app: FastifyInstance, settings: Bounds): void {
  // 0: not Node's. Its limit on headers stays.
  app.server.requestTimeout = 0
  app.addHook('onRequest', async (request, reply) => {
    if (!request.routeOptions.config.route?.streams) cutLater(request, reply, timeoutOf(settings))
  })
  // Answered before its end, a streamed body is read no more.
  app.addHook('onResponse', async (request, reply) => {
    if (request.routeOptions.config.route?.streams) cutLater(request, reply, timeoutOf(settings))
  })
}

function cutLater({ raw, headers }: FastifyRequest, reply: FastifyReply, afterMs: number): void {
  const { socket } = raw
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
  // Asked in-process, there is no connection.
  if (!hasBody || raw.complete || !(socket instanceof Socket)) return
  const timer = setTimeout(() => {
    if (raw.complete || socket.destroyed) return
    if (!reply.sent) socket.write('HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
    socket.destroySoon()
  }, afterMs)
  timer.unref()
  raw.once('end', () => clearTimeout(timer))
  raw.once('close', () => clearTimeout(timer))
}

/** Rejects `request_too_slow` when no next byte comes. The time that its reader takes is the reader's. */
export async function* keptComing(body: IncomingMessage, settings: Bounds): AsyncGenerator<Uint8Array> {
  // Whoever reads no further still answers: the connection is not the body's to end.
  const chunks: AsyncIterator<Uint8Array> = body.iterator({ destroyOnReturn: false })[Symbol.asyncIterator]()
  for (;;) {
    const { promise: tooLong, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => reject(new Problem('request_too_slow')), timeoutOf(settings))
    const coming = chunks.next()
    // The one that never came fails later, with the connection.
    coming.catch(() => undefined)
    const next = await Promise.race([coming, tooLong]).finally(() => clearTimeout(timer))
    if (next.done) return
    yield next.value
  }
}
