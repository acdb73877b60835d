/** What every gateway has to list of a period, whoever made it; run on the same three as the rest of the port. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type GatewayHarness, gateways } from '../../test/conformance/gateway-harness.ts'
import { dayMs, hourMs, type Instant, minuteMs, parseInstant, plusMs } from '../domain/calendar.ts'
import type { ListOutcome, PeriodPage } from './gateway-lists.ts'

const start = parseInstant('2027-03-01T00:00:00Z')
const accountId = 'OP0000000001'
const money = { amountMinor: 1234n, currency: 'USD', coverage: 'g', accountId }

describe.each(gateways)('lists of %s', (_name, open) => {
  let harness: GatewayHarness
  beforeEach(async () => {
    harness = await open()
    harness.clock.set(start)
  })
  afterEach(() => harness.stop())

  /** A customer with a card, and the way to take money from it. */
  async function customer() {
    const { gateway } = harness
    const { apiVersion } = gateway
    const made = await gateway.createCustomer({ accountId, coverage: 'g' })
    if (made.outcome !== 'approved') throw new Error(made.reason)
    const { customerId } = made
    const of = { ...money, customerId, apiVersion }
    const begun = await gateway.beginRegistration({ ...of, chargeId: 'verification', amountMinor: 100n })
    if (begun.outcome !== 'approved') throw new Error(begun.reason)
    await harness.confirm({ clientSecret: begun.clientSecret, card })
    const found = await gateway.lookUp({
      chargeId: 'verification',
      customerId,
      paymentId: begun.paymentId,
      since: start,
    })
    const paymentMethodId = found.outcome === 'found' ? (found.payment.card?.paymentMethodId ?? '') : ''
    const hold = async (chargeId: string) => {
      const wanted = {
        ...of,
        chargeId,
        paymentMethodId,
        subjectId: `for ${chargeId}`,
        trigger: 'run',
        offSession: true,
      }
      const held = await gateway.hold(wanted)
      if (held.outcome !== 'approved') throw new Error(`hold ${chargeId}: ${held.outcome}`)
      return held.paymentId
    }
    const take = async (chargeId: string) => {
      const paymentId = await hold(chargeId)
      await gateway.capture({ ...of, chargeId, paymentId })
      return paymentId
    }
    return { hold, take, customerId }
  }

  async function all<Row>(list: (page: PeriodPage) => Promise<ListOutcome<Row>>, from: Instant, to: Instant) {
    const rows: Row[] = []
    for (let cursor: string | null = null, pages = 0; pages < 9; pages++) {
      const page: ListOutcome<Row> = await list({ from, to, cursor })
      if (page.outcome !== 'found') throw new Error(page.reason)
      rows.push(...page.rows)
      cursor = page.next
      if (cursor === null) return rows
    }
    throw new Error('a list without end')
  }
  const later = (durationMs: number) => harness.clock.set(plusMs(harness.clock.now(), durationMs))

  it('a period whole and newest first, over pages, without its end, with our metadata', async () => {
    const { hold, customerId } = await customer()
    later(hourMs)
    const from = harness.clock.now()
    const wanted: string[] = []
    for (let index = 0; index < 130; index++, later(20 * minuteMs)) {
      const chargeId = `listed-${index}`
      await hold(chargeId)
      wanted.unshift(chargeId)
    }
    const to = harness.clock.now()
    const listed = await all(harness.gateway.listPayments, from, to)
    expect(listed.map((payment) => payment.chargeId)).toEqual(wanted)
    expect(listed[0]).toMatchObject({
      accountId,
      subjectId: 'for listed-129',
      trigger: 'run',
      status: 'held',
      customerId,
    })
    const withoutLast = await all(harness.gateway.listPayments, from, plusMs(to, -20 * minuteMs))
    expect(withoutLast).toHaveLength(129)
  })

  it('what is made between two pages moves none of them', async () => {
    const { hold } = await customer()
    later(hourMs)
    const from = harness.clock.now()
    for (let index = 0; index < 101; index++) await hold(`before-${index}`)
    const to = plusMs(from, dayMs)
    const first = await harness.gateway.listPayments({ from, to, cursor: null })
    await hold('between')
    if (first.outcome !== 'found') throw new Error(first.reason)
    const second = await harness.gateway.listPayments({ from, to, cursor: first.next })
    expect(second).toMatchObject({ outcome: 'found', next: null, rows: [{ chargeId: 'before-0' }] })
  })

  it('what was given back: ours, and by hand; and counted on its payment', async () => {
    const { take } = await customer()
    const paymentId = await take('charge-1')
    later(dayMs)
    const ours = { ...money, refundId: 'refund-1', chargeId: 'charge-1', paymentId, amountMinor: 200n }
    await harness.gateway.refund({ ...ours, apiVersion: harness.gateway.apiVersion })
    later(hourMs)
    harness.byHand({ name: 'create_refund', paymentId, amountMinor: 300n, metadata: {} })
    const to = plusMs(harness.clock.now(), hourMs)
    expect(await all(harness.gateway.listRefunds, plusMs(start, dayMs), to)).toMatchObject([
      { refundId: null, paymentId, amountMinor: 300n, status: 'succeeded' },
      { refundId: 'refund-1', paymentId, amountMinor: 200n },
    ])
    expect(await all(harness.gateway.listRefunds, start, plusMs(start, dayMs))).toEqual([])
    const [payment] = await all(harness.gateway.listPayments, start, to)
    expect(payment).toMatchObject({ paymentId, capturedMinor: 1234n, refundedMinor: 500n })
  })

  it('disputes', async () => {
    const { take } = await customer()
    const paymentId = await take('charge-1')
    later(dayMs)
    harness.byHand({ name: 'open_dispute', paymentId, amountMinor: null, reason: 'fraudulent', inquiry: false })
    const to = plusMs(harness.clock.now(), hourMs)
    expect(await all(harness.gateway.listDisputes, plusMs(start, dayMs), to)).toMatchObject([
      { paymentId, amountMinor: 1234n, status: 'open' },
    ])
    expect(await all(harness.gateway.listDisputes, start, plusMs(start, dayMs))).toEqual([])
  })

  it('a gateway that does not answer is never an empty list', async () => {
    const page = { from: start, to: plusMs(start, dayMs), cursor: null }
    harness.breakDown('down')
    for (const list of ['listPayments', 'listRefunds', 'listDisputes'] as const) {
      expect(await harness.gateway[list](page)).toMatchObject({ outcome: 'unknown' })
    }
  })
})

const card = { number: '4242424242424242', expMonth: 12, expYear: 2034, cvc: '123' }
