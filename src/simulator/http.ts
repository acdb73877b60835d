/** Serves the wire over HTTP on the loopback interface. A lost answer is a closed socket. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { ConnectionCut, type Wire, type WireReply } from './wire.ts'

export interface WireServer {
  readonly port: number
  /** Lets the calls under way finish, then stops. */
  stop(): Promise<void>
}

/** Port 0 takes any free one. Rejects when the port is taken. */
export async function serveWire(wire: Wire, port: number): Promise<WireServer> {
  const server = createServer((request, response) => {
    answer(wire, request, response).catch(() => response.destroy())
  })
  // Longer than any client keeps an idle connection, so that it is never closed under a request that is being sent.
  server.keepAliveTimeout = 120_000
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    async stop() {
      const closed = once(server, 'close')
      server.close()
      server.closeIdleConnections()
      await closed
    },
  }
}

async function answer(wire: Wire, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const body = await readBody(incoming)
  const { method = 'GET', url: target = '/' } = incoming
  const header = (name: string) => incoming.headers[name]?.toString() ?? null
  let reply: WireReply
  try {
    reply = await wire({ method, target, header, body })
  } catch (problem) {
    if (!(problem instanceof ConnectionCut)) throw problem
    outgoing.destroy()
    return
  }
  outgoing.writeHead(reply.status, reply.headers)
  if (typeof reply.body === 'string') {
    outgoing.end(reply.body)
    return
  }
  for (const piece of reply.body) {
    if (!outgoing.write(piece)) await once(outgoing, 'drain')
  }
  outgoing.end()
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  incoming.setEncoding('utf8')
  let body = ''
  incoming.on('data', (chunk: string) => {
    body += chunk
  })
  await once(incoming, 'end')
  return body
}
