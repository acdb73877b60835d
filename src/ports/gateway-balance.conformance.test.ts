/**
 * What every card gateway has to tell of our balance and its payouts. Run on the same faces as
 * `card-gateway.conformance.test.ts`, each on a network of its own.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type GatewayHarness, gateways } from '../../test/conformance/gateway-harness.ts'
import { dayMs, type Instant, instant, parseInstant, plusMs } from '../domain/calendar.ts'
import type { CardGateway } from './card-gateway.ts'
import type { GatewayBalanceEntry } from './gateway-balance.ts'
import { rowsAPage } from './gateway-lists.ts'

/** A Monday. */
const start = parseInstant('2027-03-01T00:00:00Z')
const ever = { from: instant(0), to: parseInstant('2028-01-01T00:00:00Z') }
const wall = Date.UTC(2026, 10, 23, 12)
const refundsFailLater = '4000000000005126'

for (const [name, open] of gateways) {
  describe(name, () => {
    let harness: GatewayHarness
    let gateway: CardGateway
    beforeEach(async () => {
      harness = await open()
      harness.clock.set(start)
      gateway = harness.gateway
    })
    afterEach(() => harness.stop())

    const mine = () => ({ accountId: 'OP0000000001', coverage: 'g', apiVersion: gateway.apiVersion })

    async function registered(number: string, currency: string) {
      const customer = await gateway.createCustomer(mine())
      if (customer.outcome !== 'approved') throw new Error(customer.outcome)
      const { customerId } = customer
      const check = { ...mine(), currency, customerId, chargeId: 'verification', amountMinor: 0n }
      const begun = await gateway.beginRegistration(check)
      if (begun.outcome !== 'approved') throw new Error(begun.outcome)
      const card = { number, expMonth: 12, expYear: 2034, cvc: '123' }
      await harness.confirm({ clientSecret: begun.clientSecret, card })
      const { paymentId } = begun
      const looked = await gateway.lookUp({ chargeId: 'verification', customerId, paymentId, since: start })
      const paymentMethodId = looked.outcome === 'found' ? (looked.payment.card?.paymentMethodId ?? '') : ''
      return { customerId, paymentMethodId }
    }

    /** Payments of these amounts, taken from one card; answers their ids. */
    async function taken(amounts: readonly bigint[], { number = '4242424242424242', currency = 'USD' } = {}) {
      const card = await registered(number, currency)
      const paymentIds: string[] = []
      for (const [index, amountMinor] of amounts.entries()) {
        const charge = { ...mine(), chargeId: `charge-${index}`, amountMinor, currency }
        const hold = { ...charge, ...card, subjectId: 'invoice', trigger: 'run', offSession: true }
        const held = await gateway.hold(hold)
        if (held.outcome !== 'approved') throw new Error(held.outcome)
        await gateway.capture({ ...charge, paymentId: held.paymentId })
        paymentIds.push(held.paymentId)
      }
      return paymentIds
    }

    async function entries(
      of: { from: Instant; to: Instant } | { payoutId: string } = ever,
      currency = 'USD',
    ): Promise<GatewayBalanceEntry[]> {
      const all: GatewayBalanceEntry[] = []
      let cursor: string | null = null
      do {
        const page = await gateway.listBalance({ of, currency, cursor })
        if (page.outcome !== 'found') throw new Error(page.outcome)
        all.push(...page.rows)
        cursor = page.next
      } while (cursor !== null)
      return all
    }
    const payouts = async () => {
      const page = await gateway.listPayouts({ ...ever, cursor: null })
      if (page.outcome !== 'found') throw new Error(page.outcome)
      return page.rows
    }
    const sums = (rows: readonly GatewayBalanceEntry[]) =>
      rows.map(({ kind, amountMinor, feeMinor }) => `${kind} ${amountMinor} ${feeMinor}`)

    it('enters what was captured, with its fee, our ids, and when it can be paid out', async () => {
      const [paymentId] = await taken([1234n])
      expect(await entries()).toEqual([
        {
          entryId: expect.any(String),
          kind: 'capture',
          paymentId,
          chargeId: 'charge-0',
          refundId: null,
          accountId: 'OP0000000001',
          gatewayRefundId: null,
          gatewayDisputeId: null,
          payoutId: null,
          amountMinor: 1234n,
          feeMinor: 66n,
          currency: 'USD',
          createdAt: start,
          availableAt: plusMs(start, 2 * dayMs),
        },
      ])
      expect(await entries(ever, 'JPY'), 'another balance').toEqual([])
      expect(await entries({ from: instant(start + 1000), to: ever.to }), 'another time').toEqual([])
      expect(await entries({ from: start, to: instant(start + 1000) })).toHaveLength(1)
    })

    it.each([
      ['JPY', 1234n, 44n],
      ['KWD', 12_340n, 360n],
      ['ISK', 1000n, 29n],
    ])('F38 F39 says %s in its own minor units', async (currency, amountMinor, feeMinor) => {
      await taken([amountMinor], { currency })
      expect(await entries(ever, currency)).toMatchObject([{ amountMinor, feeMinor, currency }])
    })

    it('enters a refund without giving its fee back, under our id or the dashboard’s, and what comes back of it', async () => {
      const [paymentId = ''] = await taken([1234n], { number: refundsFailLater })
      const refund = { ...mine(), refundId: 'refund-1', chargeId: 'charge-0', paymentId, currency: 'USD' }
      const made = await gateway.refund({ ...refund, amountMinor: 1000n })
      const gatewayRefundId = made.outcome === 'approved' ? made.refund.gatewayRefundId : ''
      harness.clock.set(plusMs(start, 2 * dayMs))
      harness.byHand({ name: 'create_refund', paymentId, amountMinor: 34n, metadata: {} })
      const rows = await entries()
      expect(sums(rows)).toEqual(
        expect.arrayContaining(['refund -34 0', 'refund_returned 1000 0', 'refund -1000 0', 'capture 1234 66']),
      )
      const ours = { refundId: 'refund-1', chargeId: 'charge-0', gatewayRefundId, paymentId }
      expect(rows.find(({ amountMinor }) => amountMinor === -1000n)).toMatchObject(ours)
      expect(rows.find(({ kind }) => kind === 'refund_returned')).toMatchObject(ours)
      expect(rows.find(({ amountMinor }) => amountMinor === -34n)).toMatchObject({ refundId: null, paymentId })
    })

    it('enters a dispute with its fee, and what is given back when it is won; nothing of an inquiry', async () => {
      const [first = '', second = ''] = await taken([1234n, 500n])
      const act = { name: 'open_dispute', reason: 'fraudulent', amountMinor: null } as const
      const opened = harness.byHand({ ...act, paymentId: first, inquiry: false })
      harness.byHand({ ...act, paymentId: second, inquiry: true })
      const disputeId = opened.object === 'dispute' ? opened.dispute.id : ''
      harness.clock.set(plusMs(start, dayMs))
      harness.byHand({ name: 'resolve_dispute', disputeId, outcome: 'won' })
      const about = (await entries()).filter(({ gatewayDisputeId }) => gatewayDisputeId === disputeId)
      expect(sums(about)).toEqual(['dispute_reinstated 1234 0', 'dispute_withdrawn -1234 1500'])
      expect(about).toMatchObject([{ paymentId: first }, { paymentId: first, createdAt: start }])
      expect(await entries()).toHaveLength(4)
    })

    it('pays out what is available, tells what went with it, and when it has arrived or came back', async () => {
      await taken([1234n, 500n])
      expect(await payouts()).toEqual([])
      harness.clock.set(plusMs(start, 2 * dayMs))
      const [made] = await payouts()
      const payoutId = made?.payoutId ?? ''
      const paid = { payoutId, amountMinor: 1623n, currency: 'USD', createdAt: plusMs(start, 2 * dayMs) }
      const arrivesAt = plusMs(start, 3 * dayMs)
      expect(made).toEqual({ ...paid, status: 'on_its_way', arrivesAt, entriesKnown: true })
      const took = await entries({ payoutId })
      expect(sums(took)).toEqual(['payout -1623 0', 'capture 500 45', 'capture 1234 66'])
      expect(took[0]).toMatchObject({ payoutId, paymentId: null })
      harness.clock.set(arrivesAt)
      expect(await payouts()).toMatchObject([{ payoutId, status: 'paid' }])
      harness.byHand({ name: 'fail_payout', payoutId })
      expect(await payouts()).toMatchObject([{ payoutId, status: 'failed' }])
      expect((await entries())[0]).toMatchObject({ kind: 'payout_returned', payoutId, amountMinor: 1623n })
      harness.clock.set(plusMs(start, 4 * dayMs))
      const [again] = await payouts()
      expect(sums(await entries({ payoutId: again?.payoutId ?? '' }))).toEqual([
        'payout -1623 0',
        'payout_returned 1623 0',
      ])
    })

    it('tells of payouts by signed events', async () => {
      await taken([1234n])
      harness.takeEvents(wall)
      harness.clock.set(plusMs(start, 3 * dayMs))
      const [payout] = await payouts()
      const read = await Promise.all(
        harness.takeEvents(wall).map((event) => gateway.readEvent({ ...event, wallNow: wall })),
      )
      expect(read.map((one) => one.read && [one.event.type, one.event.about])).toEqual([
        ['payout.created', { kind: 'payout', payoutId: payout?.payoutId }],
        ['payout.paid', { kind: 'payout', payoutId: payout?.payoutId }],
      ])
    })

    it('lists in pages without end or gap, however much there is', async () => {
      await taken(Array.from({ length: rowsAPage + 3 }, (_, index) => 100n + BigInt(index)))
      const rows = await entries()
      expect(rows.map(({ chargeId }) => chargeId)).toEqual(
        Array.from({ length: rowsAPage + 3 }, (_, index) => `charge-${rowsAPage + 2 - index}`),
      )
      const first = await gateway.listBalance({ of: ever, currency: 'USD', cursor: null })
      expect(first).toMatchObject({ outcome: 'found', next: rows[rowsAPage - 1]?.entryId })
    })

    it.each([
      ['down', 'unknown'],
      ['unauthorised', 'refused'],
    ] as const)('a gateway that is %s is not an empty balance', async (how, outcome) => {
      harness.breakDown(how)
      expect(await gateway.listBalance({ of: ever, currency: 'USD', cursor: null })).toMatchObject({ outcome })
      expect(await gateway.listPayouts({ ...ever, cursor: null })).toMatchObject({ outcome })
    })
  })
}
