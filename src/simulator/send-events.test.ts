/** Events over HTTP: until they are received, and beside the calls. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EventFault } from './faults.ts'
import { sendEvents } from './send-events.ts'
import { serveSimulator } from './serve.ts'
import { signedAt } from './signature.ts'
import { openSimulator, type Simulator } from './simulator.ts'

const start = Date.UTC(2027, 2, 1)
const day = 86_400_000

let simulator: Simulator
let server: Server
let url: string
/** Wall time, and how far it moves each time somebody looks; business time. */
let wall: number
let step: number
let now: number
let stop: () => Promise<void>
/** What our side answers next; 200 when none is left. Null: nothing at all. */
let answers: (number | null)[]
/** Types of the events that came, with the status they were answered with. */
let came: string[]
let heard: () => void
let bodies: { body: string; signature: string }[]

beforeEach(async () => {
  wall = Date.UTC(2026, 10, 23)
  step = 0
  now = start
  answers = []
  came = []
  bodies = []
  heard = () => undefined
  server = createServer((request, response) => void receive(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // a TCP server has no other kind of address
  url = `http://127.0.0.1:${port}/events`
  simulator = openSimulator({ seed: 6 })
  simulator.events.listen('g', url)
  stop = sendEvents({ simulator, now: () => now, wallNow: () => (wall += step), everyMs: 1 })
})
afterEach(async () => {
  await stop()
  server.closeAllConnections()
  server.close()
})

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  request.setEncoding('utf8')
  let body = ''
  request.on('data', (chunk: string) => {
    body += chunk
  })
  await once(request, 'end')
  bodies.push({ body, signature: String(request.headers['stripe-signature']) })
  const status = answers.length > 0 ? (answers.shift() ?? null) : 200
  came.push(`${JSON.parse(body).type} ${status}`)
  heard()
  if (status !== null) response.writeHead(status).end()
}

/** Resolves once so many deliveries have come. */
const arrival = (count: number): Promise<void> =>
  new Promise((resolve) => {
    heard = () => {
      if (came.length >= count) resolve()
    }
    heard()
  })
/** Resolves once nothing waits to be sent any more. */
const nothingLeft = async (): Promise<void> => {
  while (!simulator.events.toSend()[Symbol.iterator]().next().done) await new Promise(setImmediate)
}

async function take(methodId = 'pm_card_visa'): Promise<string> {
  const reached = await simulator.call(
    {
      account: 'g',
      key: null,
      params: '',
      command: {
        name: 'create_payment',
        kind: 'payment',
        amountMinor: 100n,
        currency: 'USD',
        customerId: null,
        methodId,
        confirm: true,
        offSession: true,
        captureMethod: 'automatic',
        setupFutureUsage: false,
        metadata: {},
      },
    },
    now,
  )
  return reached.reached && reached.answer.object === 'payment' ? reached.answer.payment.id : ''
}
const refund = (paymentId: string) =>
  simulator.byHand('g', { name: 'create_refund', paymentId, amountMinor: null, metadata: {} }, now)

describe('delivery', () => {
  it('F23 repeats until it is received, signed anew each time with the same body', async () => {
    answers = [500, 302, 404]
    await take()
    step = 1000
    await arrival(4)
    await nothingLeft()
    const said = (status: number) => `payment_intent.succeeded ${status}`
    expect(came).toEqual([said(500), said(302), said(404), said(200)])
    expect(new Set(bodies.map(({ body }) => body)).size).toBe(1)
    const signings = bodies.map(({ body, signature }) => signedAt(body, signature, 'whsec_test_g'))
    expect(signings).not.toContain(null)
    expect(new Set(signings).size).toBe(4)
  })

  it('does not try again before its time', async () => {
    answers = [500]
    await take()
    await arrival(1)
    await take()
    await arrival(2)
    expect(new Set(bodies.map(({ body }) => body)).size).toBe(2)
    step = 1000
    await arrival(3)
  })

  it('holds up no call while nobody answers', async () => {
    answers = [null, null]
    await take()
    await arrival(1)
    expect(await take()).toMatch(/^pi_/)
    await arrival(2)
  })

  it('goes to the address that was named last, or nowhere', async () => {
    simulator.events.listen('g', null)
    await take()
    simulator.events.listen('g', url)
    await arrival(1)
    await nothingLeft()
    simulator.events.ignore('g')
    await take()
    expect([...simulator.events.toSend()]).toEqual([])
    expect(came).toHaveLength(1)
  })

  it('tells of a refund that ended by itself, though nobody called', async () => {
    const paymentId = await take('pm_card_refundFail')
    refund(paymentId)
    await arrival(3)
    now = start + day
    await arrival(5)
    expect(
      came
        .slice(3)
        .map((line) => line.split(' ')[0])
        .toSorted(),
    ).toEqual(['charge.refund.updated', 'refund.failed'])
  })
})

it('F23 a simulator that is started again sends what the one before it could not', async () => {
  await stop()
  const folder = mkdtempSync(join(tmpdir(), 'kessai-sent-'))
  const options = { port: 0, journalPath: join(folder, 'journal'), seed: 6, now: () => now, controlKey: 'control' }
  const before = await serveSimulator(options)
  simulator = before.simulator
  simulator.events.listen('g', url)
  answers = [500]
  await take()
  await arrival(1)
  await before.stop()
  const after = await serveSimulator(options)
  await arrival(2)
  simulator = after.simulator
  await nothingLeft()
  await after.stop()
  rmSync(folder, { recursive: true })
  expect(new Set(bodies.map(({ body }) => body)).size).toBe(1)
})

describe('F22 faults', () => {
  const faulty = (fault: EventFault) => simulator.faults.set({ events: { rates: { [fault]: 1 }, lateMs: 5_000 } })

  it('twice: it comes, and comes again', async () => {
    faulty('twice')
    await take()
    await arrival(2)
    await nothingLeft()
    expect(new Set(bodies.map(({ body }) => body)).size).toBe(1)
    expect(came).toHaveLength(2)
  })

  it('lost: it is gone, and nobody heard of it', async () => {
    faulty('lost')
    await take()
    await nothingLeft()
    expect(came).toEqual([])
  })

  it('late: it comes when that time is over', async () => {
    faulty('late')
    await take()
    for (let look = 0; look < 20; look++) await new Promise(setImmediate)
    expect(came).toEqual([])
    step = 1000
    await arrival(1)
  })
})
