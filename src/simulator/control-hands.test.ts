/** The sandbox's people: the gateway's dashboard, cardholders at their bank, and where events go. */
import { beforeEach, describe, expect, it } from 'vitest'
import { remoteSimulator } from './remote.ts'
import { openSimulator, type Simulator } from './simulator.ts'
import { stripeWire } from './stripe-wire.ts'
import { fetchOf } from './wire.ts'

const start = Date.UTC(2027, 2, 1)
let simulator: Simulator
let remote: ReturnType<typeof remoteSimulator>
let send: typeof fetch
beforeEach(() => {
  simulator = openSimulator({ seed: 5 })
  send = fetchOf(stripeWire({ simulator, now: () => start, controlKey: 'control' }))
  remote = remoteSimulator({ baseUrl: 'http://wire', controlKey: 'control', fetch: send })
})

/** The id of a payment of 1234, held. */
async function held(): Promise<string> {
  const form =
    'amount=1234&currency=usd&capture_method=manual&payment_method_types[]=card&payment_method=pm_card_visa&confirm=true'
  const headers = { authorization: 'Bearer sk_test_g' }
  const reply = await send('http://wire/v1/payment_intents', {
    method: 'POST',
    headers,
    body: new URLSearchParams(form),
  })
  const { id } = (await reply.json()) as { id: string } // the wire's own
  return id
}
const booked = () => [...simulator.payments(start)]

describe('the dashboard', () => {
  it('captures, refunds and cancels', async () => {
    const [taken, dropped] = [await held(), await held()]
    await remote.captureByHand('g', taken, 1000n)
    await remote.cancelByHand('g', dropped)
    expect((await remote.refundByHand('g', taken, 300n)).refundId).toMatch(/^re_/)
    await remote.refundByHand('g', taken, null)
    expect(booked()).toMatchObject([
      { id: taken, status: 'succeeded', capturedMinor: 1000n, refundedMinor: 1000n },
      { id: dropped, status: 'canceled', capturedMinor: 0n },
    ])
  })

  it('says why it would not', async () => {
    const paymentId = await held()
    await expect(remote.refundByHand('g', paymentId, 1n)).rejects.toThrow('does not have a successful charge')
    await expect(remote.captureByHand('g', paymentId, 1235n)).rejects.toThrow('greater than the authorized amount')
    await expect(remote.cancelByHand('g', 'pi_elsewhere')).rejects.toThrow('404')
    await expect(remote.dispute('g', { paymentId })).rejects.toThrow('not so much of the payment left')
    await expect(remote.resolveDispute('g', 'du_elsewhere', 'won')).rejects.toThrow('404')
  })
})

describe('a cardholder', () => {
  it('disputes a payment, which takes the money back until it is won', async () => {
    const paymentId = await held()
    await remote.captureByHand('g', paymentId, null)
    const { disputeId } = await remote.dispute('g', { paymentId, reason: 'product_not_received', amountMinor: 1000n })
    expect(booked()).toMatchObject([{ disputedMinor: 1000n }])
    await expect(remote.dispute('g', { paymentId }), 'one at a time').rejects.toThrow('disputed already')
    await remote.resolveDispute('g', disputeId, 'under_review')
    await remote.resolveDispute('g', disputeId, 'won')
    expect(booked()).toMatchObject([{ disputedMinor: 0n }])
    await expect(remote.resolveDispute('g', disputeId, 'lost'), 'it is over').rejects.toThrow('won')
  })

  it('only asks, which takes nothing', async () => {
    const paymentId = await held()
    await remote.captureByHand('g', paymentId, null)
    await remote.dispute('g', { paymentId, inquiry: true })
    expect(booked()).toMatchObject([{ disputedMinor: 0n }])
  })
})

describe('events', () => {
  it('go to an address from now on, and stop', async () => {
    await remote.sendEvents('g', 'http://127.0.0.1:9/events')
    await held()
    expect([...simulator.events.toSend()].map(({ url, event }) => [url, event.type])).toEqual([
      ['http://127.0.0.1:9/events', 'payment_intent.amount_capturable_updated'],
    ])
    await remote.sendEvents('g', null)
    await held()
    expect([...simulator.events.toSend()]).toEqual([])
  })

  it('go to no address that is not HTTP', async () => {
    await expect(remote.sendEvents('g', 'file:///etc/passwd')).rejects.toThrow('400')
  })

  it('have faults that can be set from outside', async () => {
    await remote.setFaults({ events: { rates: { twice: 0.5 }, lateMs: 7 } })
    expect(simulator.faults.plan().events).toEqual({ rates: { twice: 0.5 }, lateMs: 7 })
  })
})

it('nobody does any of this without the control key', async () => {
  const stranger = remoteSimulator({ baseUrl: 'http://wire', controlKey: 'guessed', fetch: send })
  const paymentId = await held()
  await expect(stranger.captureByHand('g', paymentId, null)).rejects.toThrow('401')
  await expect(stranger.dispute('g', { paymentId })).rejects.toThrow('401')
  await expect(stranger.sendEvents('g', 'http://127.0.0.1:9/')).rejects.toThrow('401')
  expect(booked()).toMatchObject([{ status: 'requires_capture' }])
})
