/** Serves the wire over HTTP on the loopback interface. A lost answer is a closed socket. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { ConnectionCut, type Wire } from './stripe-wire.ts'

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
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  const { method = 'GET', url = '/' } = incoming
  const body = method === 'GET' ? null : Buffer.concat(chunks)
  const headers = Object.entries(incoming.headers).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
  let response: Response
  try {
    response = await wire(new Request(`http://127.0.0.1${url}`, { method, headers, body }))
  } catch (problem) {
    if (!(problem instanceof ConnectionCut)) throw problem
    outgoing.destroy()
    return
  }
  outgoing.writeHead(response.status, Object.fromEntries(response.headers))
  for await (const chunk of response.body ?? []) outgoing.write(chunk)
  outgoing.end()
}
