/**
 * What every card gateway has to do once money was taken: give it back, tell of disputes and new expiries, and let
 * nobody else tell us anything. Run on the same three faces as `card-gateway.conformance.test.ts`.
 */
import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type GatewayHarness, gateways } from '../../test/conformance/gateway-harness.ts'
import { dayMs, instant, plusMs } from '../domain/calendar.ts'
import type { Answer } from '../simulator/rows.ts'
import type { CardGateway, EventRead, GatewayEvent, RefundRequest } from './card-gateway.ts'

const start = instant(Date.UTC(2027, 2, 1))
/** Wall time, which has nothing to do with it. */
const wall = Date.UTC(2026, 10, 23, 12)
const goodVisa = '4242424242424242'
const refundsPending = '4000000000007726'
const refundsFailLater = '4000000000005126'
const disputedAtOnce = '4000000000000259'
const inquiredAbout = '4000000000001976'

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

    /** A customer's card, and a payment of 1234 taken from it. */
    const taken = async (number = goodVisa, currency = 'USD', amountMinor = 1234n) => {
      const { apiVersion } = gateway
      const mine = { accountId: 'OP0000000001', coverage: 'g', currency, apiVersion }
      const customer = await gateway.createCustomer(mine)
      if (customer.outcome !== 'approved') throw new Error(customer.outcome)
      const { customerId } = customer
      const begun = await gateway.beginRegistration({ ...mine, customerId, chargeId: 'verification', amountMinor: 0n })
      if (begun.outcome !== 'approved') throw new Error(begun.outcome)
      const card = { number, expMonth: 12, expYear: 2034, cvc: '123' }
      await harness.confirm({ clientSecret: begun.clientSecret, card })
      const { paymentId: checkId } = begun
      const looked = await gateway.lookUp({ chargeId: 'verification', customerId, paymentId: checkId, since: start })
      const shown = looked.outcome === 'found' ? looked.payment.card : null
      if (shown === null) throw new Error('no card')
      const { paymentMethodId } = shown
      const charge = { ...mine, chargeId: 'charge-1', amountMinor }
      const hold = { ...charge, customerId, paymentMethodId, subjectId: 'invoice-1', trigger: 'run', offSession: true }
      const held = await gateway.hold(hold)
      if (held.outcome !== 'approved') throw new Error(held.outcome)
      const { paymentId } = held
      await gateway.capture({ ...charge, paymentId })
      const refund: RefundRequest = { ...charge, refundId: 'refund-1', paymentId }
      return { customerId, paymentMethodId, card: shown, paymentId, checkId, refund }
    }
    const booked = () => harness.books().filter(({ chargeId }) => chargeId === 'charge-1')
    const refundsOf = async (paymentId: string) => {
      const found = await gateway.lookUpRefunds({ paymentId })
      if (found.outcome !== 'found') throw new Error(found.outcome)
      return found.refunds
    }
    const disputed = (paymentId: string, part: { inquiry?: boolean; amountMinor?: bigint } = {}): string => {
      const { inquiry = false, amountMinor = null } = part
      const answer = harness.byHand({ name: 'open_dispute', paymentId, reason: 'fraudulent', amountMinor, inquiry })
      return answer.object === 'dispute' ? answer.dispute.id : fail(answer)
    }
    const disputeAt = async (disputeId: string) => {
      const looked = await gateway.lookUpDispute({ disputeId })
      return looked.outcome === 'found' ? looked.dispute : Promise.reject(new Error(looked.outcome))
    }

    describe('B18 refunds', () => {
      it('gives captured money back, and shows the refund under our id', async () => {
        const { paymentId, refund } = await taken()
        const shown = {
          gatewayRefundId: expect.any(String),
          refundId: 'refund-1',
          paymentId,
          amountMinor: 1234n,
          currency: 'USD',
          status: 'succeeded',
          createdAt: start,
        }
        expect(await gateway.refund(refund)).toEqual({ outcome: 'approved', refund: shown })
        expect(await refundsOf(paymentId)).toEqual([shown])
        expect(booked()).toMatchObject([{ capturedMinor: 1234n, refundedMinor: 1234n }])
      })

      it('F3 twice under one key is one refund, also when the first answer was lost', async () => {
        const { paymentId, refund } = await taken()
        harness.arm('timeout_after', 'refund')
        expect(await gateway.refund({ ...refund, amountMinor: 200n })).toMatchObject({ outcome: 'unknown' })
        const again = await gateway.refund({ ...refund, amountMinor: 200n })
        expect(again).toMatchObject({ outcome: 'approved', refund: { refundId: 'refund-1', amountMinor: 200n } })
        expect(await gateway.refund({ ...refund, amountMinor: 200n })).toEqual(again)
        expect(await refundsOf(paymentId)).toHaveLength(1)
        expect(booked()).toMatchObject([{ refundedMinor: 200n }])
      })

      it('in parts, which add up, oldest first, and never to more than was captured', async () => {
        const { paymentId, refund } = await taken()
        for (const [index, amountMinor] of [500n, 700n].entries()) {
          harness.clock.set(plusMs(start, index * 1000))
          expect(await gateway.refund({ ...refund, refundId: `part-${index}`, amountMinor })).toMatchObject({
            outcome: 'approved',
          })
        }
        const tooMuch = { ...refund, refundId: 'part-2', amountMinor: 35n }
        expect(await gateway.refund(tooMuch)).toEqual({ outcome: 'declined', reason: 'amount_too_large' })
        expect(await gateway.refund({ ...refund, refundId: 'part-3', amountMinor: 34n })).toMatchObject({
          outcome: 'approved',
        })
        expect(await gateway.refund({ ...refund, refundId: 'part-4', amountMinor: 1n })).toEqual({
          outcome: 'declined',
          reason: 'charge_already_refunded',
        })
        expect((await refundsOf(paymentId)).map((one) => [one.refundId, one.amountMinor])).toEqual([
          ['part-0', 500n],
          ['part-1', 700n],
          ['part-3', 34n],
        ])
        expect(booked()).toMatchObject([{ refundedMinor: 1234n }])
      })

      it('shows those made at the dashboard, which have no id of ours', async () => {
        const { paymentId, refund } = await taken()
        harness.byHand({ name: 'create_refund', paymentId, amountMinor: 234n, metadata: {} })
        await gateway.refund({ ...refund, amountMinor: 1000n })
        const shown = (await refundsOf(paymentId)).map((one) => [one.refundId, one.amountMinor])
        expect(shown).toEqual([
          [null, 234n],
          ['refund-1', 1000n],
        ])
      })

      it('lists more refunds than a page holds', async () => {
        const { paymentId } = await taken()
        for (let made = 1; made <= 120; made++) {
          harness.byHand({ name: 'create_refund', paymentId, amountMinor: made > 110 ? 2n : 1n, metadata: {} })
        }
        expect((await refundsOf(paymentId)).map(({ amountMinor }) => amountMinor)).toEqual([
          ...Array.from({ length: 110 }, () => 1n),
          ...Array.from({ length: 10 }, () => 2n),
        ])
      })

      const slow = [
        { says: 'pending, then done', number: refundsPending, at: 'pending', later: 'succeeded', refundedMinor: 300n },
        { says: 'done, then failed', number: refundsFailLater, at: 'succeeded', later: 'failed', refundedMinor: 0n },
      ] as const
      for (const { says, number, at, later, refundedMinor } of slow) {
        it(`may be ${says}`, async () => {
          const { paymentId, refund } = await taken(number)
          const answer = await gateway.refund({ ...refund, amountMinor: 300n })
          expect(answer).toMatchObject({ outcome: 'approved', refund: { status: at } })
          harness.clock.set(plusMs(start, dayMs))
          expect(await refundsOf(paymentId)).toMatchObject([{ refundId: 'refund-1', status: later }])
          expect(booked()).toMatchObject([{ refundedMinor }])
        })
      }

      it('is declined while the payment is disputed or the dispute was lost, and possible again once it was won', async () => {
        const { paymentId, refund } = await taken()
        const declined = { outcome: 'declined', reason: 'charge_disputed' }
        const disputeId = disputed(paymentId)
        expect(await gateway.refund(refund)).toEqual(declined)
        harness.byHand({ name: 'resolve_dispute', disputeId, outcome: 'won' })
        expect(await gateway.refund({ ...refund, refundId: 'refund-2', amountMinor: 34n })).toMatchObject({
          outcome: 'approved',
        })
        harness.byHand({ name: 'resolve_dispute', disputeId: disputed(paymentId), outcome: 'lost' })
        expect(await gateway.refund({ ...refund, refundId: 'refund-3', amountMinor: 1n })).toEqual(declined)
        expect(booked()).toMatchObject([{ capturedMinor: 1234n, refundedMinor: 34n, disputedMinor: 1200n }])
      })

      const refusals = [
        { fault: 'balance_insufficient', outcome: { outcome: 'declined', reason: 'balance_insufficient' } },
        { fault: 'rate_limited', outcome: { outcome: 'not_executed' } },
        { fault: 'timeout_before', outcome: { outcome: 'unknown' } },
        { fault: 'error_500', outcome: { outcome: 'unknown' } },
        { fault: 'error_500_stored', outcome: { outcome: 'unknown' } },
        { fault: 'key_in_use', outcome: { outcome: 'unknown' } },
      ] as const
      for (const { fault, outcome } of refusals) {
        it(`${fault}: ${outcome.outcome}, and nothing was given back`, async () => {
          const { paymentId, refund } = await taken()
          harness.arm(fault, 'refund')
          expect(await gateway.refund(refund)).toMatchObject(outcome)
          expect(await refundsOf(paymentId)).toEqual([])
        })
      }

      it('F6 a 500 is unknown although the money moved, and reading tells', async () => {
        const { paymentId, refund } = await taken()
        harness.arm('error_500_stored_after', 'refund')
        expect(await gateway.refund(refund)).toMatchObject({ outcome: 'unknown' })
        expect(await gateway.refund(refund)).toMatchObject({ outcome: 'unknown' })
        expect(await refundsOf(paymentId)).toMatchObject([{ refundId: 'refund-1', amountMinor: 1234n }])
      })

      it('other parameters under a key are unknown, and do nothing', async () => {
        const { paymentId, refund } = await taken()
        await gateway.refund({ ...refund, amountMinor: 100n })
        expect(await gateway.refund({ ...refund, amountMinor: 101n })).toMatchObject({ outcome: 'unknown' })
        expect(await refundsOf(paymentId)).toHaveLength(1)
      })

      it('of a payment that is not there is our fault, and so is a wrong key', async () => {
        const { refund } = await taken()
        expect(await gateway.refund({ ...refund, paymentId: 'pi_elsewhere' })).toMatchObject({ outcome: 'refused' })
        harness.breakDown('unauthorised')
        expect(await gateway.refund(refund)).toMatchObject({ outcome: 'refused' })
      })

      it('a list that cannot be read is not an empty one', async () => {
        const { paymentId } = await taken()
        harness.arm('rate_limited', 'read')
        expect(await gateway.lookUpRefunds({ paymentId })).toMatchObject({ outcome: 'not_executed' })
        harness.breakDown('down')
        expect(await gateway.lookUpRefunds({ paymentId })).toMatchObject({ outcome: 'unknown' })
      })

      const amounts = [
        { currency: 'JPY', amountMinor: 28734n, backMinor: 734n },
        { currency: 'ISK', amountMinor: 5000n, backMinor: 50n },
        { currency: 'KWD', amountMinor: 5120n, backMinor: 20n },
        { currency: 'MGA', amountMinor: 150_000n, backMinor: 100n },
      ]
      for (const { currency, amountMinor, backMinor } of amounts) {
        it(`F38 F39 ${currency}: refund, dispute and books agree`, async () => {
          const { paymentId, refund } = await taken(goodVisa, currency, amountMinor)
          expect(await gateway.refund({ ...refund, amountMinor: backMinor })).toMatchObject({
            outcome: 'approved',
            refund: { amountMinor: backMinor, currency },
          })
          expect(await refundsOf(paymentId)).toMatchObject([{ amountMinor: backMinor, currency }])
          expect(await disputeAt(disputed(paymentId, { amountMinor: backMinor }))).toMatchObject({
            amountMinor: backMinor,
            currency,
          })
          expect(booked()).toMatchObject([{ currency, refundedMinor: backMinor, disputedMinor: backMinor }])
        })
      }
    })

    describe('B18 disputes', () => {
      it('shows what a bank took back, and how it ended', async () => {
        const { paymentId } = await taken()
        const disputeId = disputed(paymentId, { amountMinor: 1000n })
        const shown = {
          gatewayDisputeId: disputeId,
          paymentId,
          amountMinor: 1000n,
          currency: 'USD',
          reason: 'fraudulent',
          status: 'open',
          evidenceDueAt: plusMs(start, 9 * dayMs),
          createdAt: start,
        }
        expect(await disputeAt(disputeId)).toEqual(shown)
        for (const outcome of ['under_review', 'lost'] as const) {
          harness.byHand({ name: 'resolve_dispute', disputeId, outcome })
          expect(await disputeAt(disputeId)).toEqual({ ...shown, status: outcome })
        }
        expect(booked()).toMatchObject([{ disputedMinor: 1000n }])
      })

      it('an inquiry moves no money, and is closed', async () => {
        const { paymentId } = await taken()
        const disputeId = disputed(paymentId, { inquiry: true })
        expect(await disputeAt(disputeId)).toMatchObject({ status: 'inquiry' })
        expect(booked()).toMatchObject([{ disputedMinor: 0n }])
        harness.byHand({ name: 'resolve_dispute', disputeId, outcome: 'won' })
        expect(await disputeAt(disputeId)).toMatchObject({ status: 'closed' })
      })

      const published = [
        { number: disputedAtOnce, status: 'open' },
        { number: inquiredAbout, status: 'inquiry' },
      ]
      for (const { number, status } of published) {
        it(`opens by itself for ${number}`, async () => {
          await taken(number)
          const about = (await news(harness.takeEvents(wall), gateway)).find(
            ({ type }) => type === 'charge.dispute.created',
          )
          if (about?.about.kind !== 'dispute') throw new Error('no dispute')
          expect(await disputeAt(about.about.disputeId)).toMatchObject({ status, reason: 'fraudulent' })
        })
      }

      it('is absent when there is none, and that is not said when the gateway could not be read', async () => {
        const looked = () => gateway.lookUpDispute({ disputeId: 'du_elsewhere' })
        expect(await looked()).toEqual({ outcome: 'absent' })
        harness.arm('rate_limited', 'read')
        expect(await looked()).toMatchObject({ outcome: 'not_executed' })
        harness.breakDown('unauthorised')
        expect(await looked()).toMatchObject({ outcome: 'refused' })
      })
    })

    describe('cards', () => {
      it('B9 shows the expiry that the network told the gateway', async () => {
        const { customerId, paymentMethodId, card } = await taken()
        const look = () => gateway.lookUpCard({ customerId, paymentMethodId })
        expect(await look()).toEqual({ outcome: 'found', card })
        harness.updateCard(card.fingerprint, 7, 2041)
        expect(await look()).toEqual({ outcome: 'found', card: { ...card, expMonth: 7, expYear: 2041 } })
      })

      it("is absent when it is not there, or another customer's; not when the gateway could not be read", async () => {
        const { customerId, paymentMethodId } = await taken()
        const look = (part: object = {}) => gateway.lookUpCard({ customerId, paymentMethodId, ...part })
        expect(await look({ paymentMethodId: 'pm_elsewhere' })).toEqual({ outcome: 'absent' })
        expect(await look({ customerId: 'cus_elsewhere' })).toEqual({ outcome: 'absent' })
        harness.breakDown('down')
        expect(await look()).toMatchObject({ outcome: 'unknown' })
      })
    })

    describe('events', () => {
      it('tell of everything that happens to a payment, by its id and our charge', async () => {
        const { paymentId, checkId, refund } = await taken()
        await gateway.refund({ ...refund, amountMinor: 34n })
        const disputeId = disputed(paymentId)
        harness.byHand({ name: 'resolve_dispute', disputeId, outcome: 'won' })
        const payment = { kind: 'payment', paymentId, chargeId: 'charge-1' }
        const dispute = { kind: 'dispute', disputeId, paymentId }
        const shown = await news(harness.takeEvents(wall), gateway)
        expect(shown.map(({ type, about }) => [type, about])).toEqual([
          ['setup_intent.succeeded', { kind: 'payment', paymentId: checkId, chargeId: 'verification' }],
          ['payment_intent.amount_capturable_updated', payment],
          ['payment_intent.succeeded', payment],
          ['refund.created', { kind: 'refund', paymentId }],
          ['charge.refunded', { kind: 'refund', paymentId }],
          ['charge.dispute.created', dispute],
          ['charge.dispute.funds_withdrawn', dispute],
          ['charge.dispute.closed', dispute],
          ['charge.dispute.funds_reinstated', dispute],
        ])
        expect(new Set(shown.map(({ eventId }) => eventId)).size).toBe(shown.length)
        expect(new Set(shown.map(({ createdAt }) => createdAt))).toEqual(new Set([start]))
        expect(harness.takeEvents(wall), 'each once').toEqual([])
      })

      it('tell of declines, releases, and a card that the network renewed', async () => {
        const { customerId, paymentMethodId, card, refund } = await taken()
        const hold = { ...refund, customerId, paymentMethodId, accountId: 'OP0000000001', coverage: 'g' }
        const another = { ...hold, subjectId: 'invoice-2', trigger: 'run', offSession: true }
        const held = await gateway.hold({ ...another, chargeId: 'charge-2' })
        if (held.outcome !== 'approved') throw new Error(held.outcome)
        harness.takeEvents(wall)
        harness.byHand({ name: 'cancel_payment', paymentId: held.paymentId, reason: null })
        harness.tellIssuer(card.fingerprint, 'lost_card')
        await gateway.hold({ ...another, chargeId: 'charge-3' })
        harness.updateCard(card.fingerprint, 7, 2041)
        expect((await news(harness.takeEvents(wall), gateway)).map(({ type, about }) => [type, about])).toEqual([
          ['payment_intent.canceled', { kind: 'payment', paymentId: held.paymentId, chargeId: 'charge-2' }],
          ['payment_intent.payment_failed', { kind: 'payment', paymentId: expect.any(String), chargeId: 'charge-3' }],
          ['payment_method.automatically_updated', { kind: 'card', customerId, paymentMethodId }],
        ])
      })

      it('tell of a refund that ended by itself', async () => {
        const { paymentId, refund } = await taken(refundsFailLater)
        await gateway.refund(refund)
        harness.takeEvents(wall)
        harness.clock.set(plusMs(start, dayMs))
        expect((await news(harness.takeEvents(wall), gateway)).map(({ type, about }) => [type, about])).toEqual([
          ['refund.failed', { kind: 'refund', paymentId }],
          ['charge.refund.updated', { kind: 'refund', paymentId }],
        ])
      })

      /** The events' bodies are made here, so that they can be wrong. */
      const seconds = Math.floor(wall / 1000)
      const object = { id: 'pi_1', object: 'payment_intent', metadata: { kessai_charge: 'c' } }
      const whole = { id: 'evt_1', object: 'event', type: 'payment_intent.succeeded', created: 1_800_000_000 }
      const body = JSON.stringify({ ...whole, data: { object } })
      const signed = (text: string, t: number | string = seconds, secret = 'whsec_test_g') =>
        createHmac('sha256', secret).update(`${t}.${text}`).digest('hex')
      const header = (text = body, t: number | string = seconds, secret?: string) =>
        `t=${t},v1=${signed(text, t, secret)}`
      const read = async (signature: string | null, text = body, wallNow = wall): Promise<EventRead> =>
        gateway.readEvent({ body: text, signature, wallNow })
      const good = {
        eventId: 'evt_1',
        type: 'payment_intent.succeeded',
        createdAt: instant(1_800_000_000_000),
        about: { kind: 'payment', paymentId: 'pi_1', chargeId: 'c' },
      }

      const accepted: readonly [name: string, signature: string][] = [
        ['signed', header()],
        ['signed 300 s ago', header(body, seconds - 300)],
        ['signed in 300 s', header(body, seconds + 300)],
        [
          'with the signature of a former secret beside it',
          `t=${seconds},v1=${signed(body, seconds, 'old')},v1=${signed(body)}`,
        ],
        ['with a scheme of tomorrow beside it', `${header()},v2=x`],
      ]
      it.each(accepted)('F54 read: %s', async (_name, signature) => {
        expect(await read(signature)).toEqual({ read: true, event: good })
      })

      const refused: readonly [name: string, reason: string, signature: string | null, text?: string][] = [
        ['no signature', 'unsigned', null],
        ['an empty signature', 'unsigned', ''],
        ['another secret', 'signature_wrong', header(body, seconds, 'whsec_test_jp')],
        ['an empty secret', 'signature_wrong', header(body, seconds, '')],
        ['another body', 'signature_wrong', header(), body.replace('pi_1', 'pi_2')],
        ['another time', 'signature_wrong', header().replace(`t=${seconds}`, `t=${seconds + 1}`)],
        ['two times', 'signature_wrong', `t=${seconds},${header(body, seconds - 9000)}`],
        ['no time', 'signature_wrong', `v1=${signed(body)}`],
        ['a time that is none', 'signature_wrong', header(body, 'NaN')],
        ['no v1', 'signature_wrong', `t=${seconds},v0=${signed(body)}`],
        ['an empty v1', 'signature_wrong', `t=${seconds},v1=`],
        ['half a v1', 'signature_wrong', header().slice(0, -1)],
        ['words', 'signature_wrong', 'signed by Stripe'],
        ['older than 300 s', 'too_old', header(body, seconds - 301)],
        ['more than 300 s from the future', 'too_old', header(body, seconds + 301)],
        ['wrong and old', 'signature_wrong', header(body, seconds - 9000, 'whsec_test_jp')],
      ]
      it.each(refused)('F54 refused: %s, %s', async (_name, reason, signature, text = body) => {
        expect(await read(signature, text)).toEqual({ read: false, reason })
      })

      const malformed: readonly [name: string, text: string][] = [
        ['not JSON', '{"id":'],
        ['no object', '7'],
        ['nothing', 'null'],
        ['no event', JSON.stringify({ ...whole, object: 'charge', data: { object } })],
        ['without an id', JSON.stringify({ ...whole, id: undefined, data: { object } })],
        ['without a time', JSON.stringify({ ...whole, created: 'now', data: { object } })],
        ['without an object', JSON.stringify({ ...whole, data: {} })],
      ]
      it.each(malformed)('malformed though signed: %s', async (_name, text) => {
        expect(await read(header(text), text)).toEqual({ read: false, reason: 'malformed' })
      })

      const kinds: readonly [type: string, object: Readonly<Record<string, unknown>>, about: GatewayEvent['about']][] =
        [
          [
            'payment_intent.created',
            { id: 'pi_1', object: 'payment_intent' },
            { kind: 'payment', paymentId: 'pi_1', chargeId: null },
          ],
          ['charge.succeeded', { id: 'ch_1', object: 'charge', payment_intent: 'pi_1' }, { kind: 'other' }],
          ['customer.updated', { id: 'cus_1', object: 'customer' }, { kind: 'other' }],
          ['payment_method.attached', { id: 'pm_1', object: 'payment_method', customer: 'cus_1' }, { kind: 'other' }],
          [
            'payment_method.updated',
            { id: 'pm_1', object: 'payment_method', customer: 'cus_1' },
            { kind: 'card', customerId: 'cus_1', paymentMethodId: 'pm_1' },
          ],
          ['payment_method.updated', { id: 'pm_1', object: 'payment_method', customer: null }, { kind: 'other' }],
          ['refund.created', { id: 're_1', object: 'refund', payment_intent: null }, { kind: 'other' }],
          ['charge.dispute.created', { id: 'du_1', object: 'dispute', payment_intent: null }, { kind: 'other' }],
        ]
      it.each(kinds)('%s of %o', async (type, of, about) => {
        const text = JSON.stringify({ ...whole, type, data: { object: of } })
        expect(await read(header(text), text)).toEqual({ read: true, event: { ...good, type, about } })
      })

      it('F54 nothing is read without a secret', async () => {
        const unconfigured = await open(null)
        const { gateway: deaf } = unconfigured
        for (const signature of [header(), header(body, seconds, ''), null]) {
          expect(deaf.readEvent({ body, signature, wallNow: wall })).toEqual({ read: false, reason: 'not_configured' })
        }
        await unconfigured.stop()
      })
    })
  })
}

function news(deliveries: ReturnType<GatewayHarness['takeEvents']>, gateway: CardGateway): Promise<GatewayEvent[]> {
  return Promise.all(
    deliveries.map(async ({ body, signature }) => {
      const read = await gateway.readEvent({ body, signature, wallNow: wall })
      if (!read.read) throw new Error(read.reason)
      return read.event
    }),
  )
}

function fail(answer: Answer): never {
  throw new Error(answer.object === 'error' ? answer.error.message : answer.object)
}
