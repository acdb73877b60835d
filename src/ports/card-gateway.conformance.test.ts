/**
 * What every card gateway has to do, as tests: run on the simulator's own face, and on the Stripe adapter over the
 * simulator's wire, in-process and over a socket. An answer that differs between them is a bug in one of them.
 *
 * What follows after the money was taken, and events, are in `card-gateway-afterwards.conformance.test.ts`.
 *
 * The harness gives each test a network of its own, with a clock that can be moved and faults that can be armed. A new
 * implementation of the port needs a harness and one line in its `gateways`.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type GatewayHarness, gateways } from '../../test/conformance/gateway-harness.ts'
import { dayMs, hourMs, instant, plusMs } from '../domain/calendar.ts'
import type { CaptureRequest, CardGateway, GatewayPayment, HoldRequest, RegistrationRequest } from './card-gateway.ts'

const goodVisa = '4242424242424242'
const goodMastercard = '5555555555554444'
const declinesLater = '4000000000000341'
const asksAlways = '4000002760003184'
const asksUnlessSetUp = '4000002500003155'
const start = instant(Date.UTC(2027, 2, 1))

for (const [name, open] of gateways) {
  describe(name, () => {
    let harness: GatewayHarness
    let gateway: CardGateway
    /** Everything the gateway returned, for the search for card numbers. */
    let returned: unknown[]

    beforeEach(async () => {
      harness = await open()
      harness.clock.set(start)
      returned = []
      gateway = listening(harness.gateway, returned)
    })
    afterEach(async () => {
      const shown = JSON.stringify([returned, harness.books()], (_key, value) =>
        typeof value === 'bigint' ? String(value) : value,
      )
      await harness.stop()
      for (const number of [goodVisa, goodMastercard, declinesLater, asksAlways, asksUnlessSetUp]) {
        expect(shown, 'F57 nothing returned holds a card number').not.toContain(number)
      }
      expect(shown, 'F57 nothing returned holds a key').not.toMatch(/[sp]k_test_\w/)
    })

    const customer = async (accountId = 'OP0000000001'): Promise<string> => {
      const created = await gateway.createCustomer({ accountId, coverage: 'g' })
      if (created.outcome !== 'approved') throw new Error(`no customer: ${created.outcome}`)
      return created.customerId
    }
    const begin = async (customerId: string, part: Partial<RegistrationRequest> = {}) => {
      const begun = await gateway.beginRegistration({
        ...registration,
        customerId,
        apiVersion: gateway.apiVersion,
        ...part,
      })
      if (begun.outcome !== 'approved') throw new Error(`no registration: ${begun.outcome}`)
      return begun
    }
    const look = async (customerId: string, chargeId: string, paymentId: string | null): Promise<GatewayPayment> => {
      const looked = await gateway.lookUp({ chargeId, customerId, paymentId, since: start })
      if (looked.outcome !== 'found') throw new Error(`not found: ${looked.outcome}`)
      return looked.payment
    }
    /** A customer with a registered card, and the hold that a test is about to place. */
    const registered = async (number = goodVisa, threeDSecure: 'pass' | 'fail' = 'pass') => {
      const customerId = await customer()
      const { paymentId, clientSecret } = await begin(customerId, number === declinesLater ? { amountMinor: 0n } : {})
      await harness.confirm({ clientSecret, card: { ...card, number }, threeDSecure })
      const payment = await look(customerId, 'verification-1', paymentId)
      if (payment.card === null) throw new Error('no card')
      await gateway.release({ chargeId: 'verification-1', paymentId, apiVersion: gateway.apiVersion })
      const hold: HoldRequest = {
        ...charge,
        customerId,
        paymentMethodId: payment.card.paymentMethodId,
        apiVersion: gateway.apiVersion,
      }
      return { customerId, hold, card: payment.card }
    }
    const held = async (hold: HoldRequest): Promise<CaptureRequest> => {
      const answer = await gateway.hold(hold)
      if (answer.outcome !== 'approved') throw new Error(`no hold: ${answer.outcome}`)
      const { chargeId, amountMinor, currency, apiVersion } = hold
      return { chargeId, paymentId: answer.paymentId, amountMinor, currency, apiVersion }
    }
    const booked = (chargeId = 'charge-1') => harness.books().filter((payment) => payment.chargeId === chargeId)
    const captured = (chargeId = 'charge-1') =>
      booked(chargeId).reduce((sum, payment) => sum + payment.capturedMinor, 0n)

    describe('customers and registration', () => {
      it('gives the same account the same customer', async () => {
        expect(await customer()).toBe(await customer())
        expect(await customer('OP0000000002')).not.toBe(await customer())
      })

      it('registers a card with a hold, which shows the card and can be released', async () => {
        const customerId = await customer()
        const { paymentId, clientSecret } = await begin(customerId)
        expect(await look(customerId, 'verification-1', paymentId)).toMatchObject({
          status: 'needs_customer',
          card: null,
        })
        const confirmed = await harness.confirm({ clientSecret, card: { ...card, number: goodMastercard } })
        expect(confirmed).toMatchObject({ status: 'requires_capture', errorCode: null })
        expect(await look(customerId, 'verification-1', null)).toMatchObject({
          paymentId,
          status: 'held',
          amountMinor: 100n,
          card: { brand: 'mastercard', last4: '4444', expMonth: 12, expYear: 2034 },
        })
        const release = { chargeId: 'verification-1', paymentId, apiVersion: gateway.apiVersion }
        expect(await gateway.release(release)).toEqual({ outcome: 'approved' })
        expect(await look(customerId, 'verification-1', paymentId)).toMatchObject({ status: 'released' })
      })

      const threeDSecure = [
        { answer: 'pass', browser: 'requires_capture', status: 'held', code: null },
        {
          answer: 'fail',
          browser: 'requires_payment_method',
          status: 'declined',
          code: 'payment_intent_authentication_failure',
        },
        { answer: 'abandon', browser: 'requires_action', status: 'needs_customer', code: null },
      ] as const
      for (const { answer, browser, status, code } of threeDSecure) {
        it(`registers with 3-D Secure: ${answer}`, async () => {
          const customerId = await customer()
          const { paymentId, clientSecret } = await begin(customerId)
          const shown = await harness.confirm({
            clientSecret,
            card: { ...card, number: asksUnlessSetUp },
            threeDSecure: answer,
          })
          expect(shown.status).toBe(browser)
          const payment = await look(customerId, 'verification-1', paymentId)
          expect([payment.status, payment.decline?.code ?? null]).toEqual([status, code])
        })
      }

      it('lets the payer try another card after a decline, on the same registration', async () => {
        const customerId = await customer()
        const { paymentId, clientSecret } = await begin(customerId)
        const declined = await harness.confirm({ clientSecret, card: { ...card, number: '4000000000009995' } })
        expect(declined).toMatchObject({ status: 'requires_payment_method', errorCode: 'card_declined' })
        expect(await look(customerId, 'verification-1', paymentId)).toMatchObject({
          status: 'declined',
          decline: { code: 'card_declined', declineCode: 'insufficient_funds' },
        })
        await harness.confirm({ clientSecret, card: { ...card, number: goodVisa } })
        expect(await look(customerId, 'verification-1', paymentId)).toMatchObject({ status: 'held', decline: null })
      })

      it('checks a card for nothing when the amount is zero', async () => {
        const { card: shown, hold } = await registered(declinesLater)
        expect(shown).toMatchObject({ brand: 'visa', last4: '0341' })
        expect(await gateway.hold(hold)).toMatchObject({ outcome: 'declined', declineCode: 'generic_decline' })
      })

      it('finds a zero check by its charge, and releasing it is approved', async () => {
        const customerId = await customer()
        const { paymentId, clientSecret } = await begin(customerId, { amountMinor: 0n })
        await harness.confirm({ clientSecret, card: { ...card, number: goodVisa } })
        expect(await look(customerId, 'verification-1', null)).toMatchObject({
          paymentId,
          status: 'held',
          amountMinor: 0n,
          currency: 'USD',
        })
        const release = { chargeId: 'verification-1', paymentId, apiVersion: gateway.apiVersion }
        expect(await gateway.release(release)).toEqual({ outcome: 'approved' })
      })

      it('knows the same card again, whoever registers it', async () => {
        const first = await registered()
        const otherCustomer = await customer('OP0000000002')
        const { paymentId, clientSecret } = await begin(otherCustomer, {
          chargeId: 'verification-2',
          accountId: 'OP0000000002',
        })
        await harness.confirm({ clientSecret, card: { ...card, number: goodVisa } })
        const payment = await look(otherCustomer, 'verification-2', paymentId)
        expect(payment.card?.fingerprint).toBe(first.card.fingerprint)
        expect(payment.card?.paymentMethodId).not.toBe(first.card.paymentMethodId)
      })
    })

    describe('hold, capture, release', () => {
      it('holds without taking money, then captures it', async () => {
        const { customerId, hold } = await registered()
        const answer = await gateway.hold(hold)
        expect(answer).toEqual({
          outcome: 'approved',
          paymentId: expect.any(String),
          expiresAt: plusMs(start, 7 * dayMs),
        })
        expect(captured()).toBe(0n)
        const payment = await look(customerId, 'charge-1', null)
        expect(payment).toMatchObject({
          status: 'held',
          chargeId: 'charge-1',
          amountMinor: 1234n,
          capturedMinor: 0n,
          currency: 'USD',
        })
        expect(payment).toMatchObject({ customerId, createdAt: start, holdExpiresAt: plusMs(start, 7 * dayMs) })
        const { paymentId } = payment
        expect(await gateway.capture({ ...hold, paymentId })).toEqual({ outcome: 'approved', capturedMinor: 1234n })
        expect(captured()).toBe(1234n)
        expect(await look(customerId, 'charge-1', paymentId)).toMatchObject({
          status: 'captured',
          capturedMinor: 1234n,
        })
      })

      it('captures less than was held', async () => {
        const { hold } = await registered()
        const capture = await held(hold)
        expect(await gateway.capture({ ...capture, amountMinor: 1000n })).toEqual({
          outcome: 'approved',
          capturedMinor: 1000n,
        })
        expect(captured()).toBe(1000n)
      })

      it('refuses to capture more than was held', async () => {
        const { hold } = await registered()
        const capture = await held(hold)
        expect(await gateway.capture({ ...capture, amountMinor: 1235n })).toMatchObject({ outcome: 'refused' })
        expect(captured()).toBe(0n)
      })

      it('answers a second capture, under another key too, with what was captured', async () => {
        const { hold } = await registered()
        const capture = await held(hold)
        await gateway.capture(capture)
        expect(await gateway.capture({ ...capture, chargeId: 'charge-1b' })).toEqual({
          outcome: 'approved',
          capturedMinor: 1234n,
        })
        expect(captured()).toBe(1234n)
      })

      it('releases a hold, twice without complaint', async () => {
        const { customerId, hold } = await registered()
        const { chargeId, paymentId, apiVersion } = await held(hold)
        expect(await gateway.release({ chargeId, paymentId, apiVersion })).toEqual({ outcome: 'approved' })
        expect(await gateway.release({ chargeId: 'charge-1b', paymentId, apiVersion })).toEqual({ outcome: 'approved' })
        expect(await look(customerId, 'charge-1', paymentId)).toMatchObject({ status: 'released' })
      })

      it('says captured when a release comes too late', async () => {
        const { hold } = await registered()
        const capture = await held(hold)
        await gateway.capture(capture)
        expect(await gateway.release(capture)).toEqual({ outcome: 'captured', capturedMinor: 1234n })
      })

      it('says expired when a capture comes after seven days', async () => {
        const { customerId, hold } = await registered()
        const capture = await held(hold)
        harness.clock.set(plusMs(start, 7 * dayMs))
        expect(await gateway.capture(capture)).toEqual({ outcome: 'expired' })
        expect(captured()).toBe(0n)
        expect(await look(customerId, 'charge-1', capture.paymentId)).toMatchObject({ status: 'expired' })
      })

      it('captures up to the last moment of the hold', async () => {
        const { hold } = await registered()
        const capture = await held(hold)
        harness.clock.set(plusMs(start, 7 * dayMs - 1))
        expect(await gateway.capture(capture)).toMatchObject({ outcome: 'approved' })
      })
    })

    describe('declines', () => {
      const declines = [
        { says: 'insufficient_funds', code: 'card_declined', adviceCode: 'try_again_later' },
        { says: 'lost_card', code: 'card_declined', adviceCode: 'do_not_try_again' },
        { says: 'expired_card', code: 'expired_card', adviceCode: 'confirm_card_data' },
        { says: 'incorrect_cvc', code: 'incorrect_cvc', adviceCode: 'confirm_card_data' },
        { says: 'processing_error', code: 'processing_error', adviceCode: 'try_again_later' },
      ]
      for (const { says, code, adviceCode } of declines) {
        it(`declined: ${says}`, async () => {
          const { customerId, hold, card: shown } = await registered()
          harness.tellIssuer(shown.fingerprint, says)
          const answer = await gateway.hold(hold)
          const decline = { code, declineCode: says, adviceCode, networkCode: null }
          expect(answer).toEqual({ outcome: 'declined', paymentId: expect.any(String), ...decline })
          expect(await look(customerId, 'charge-1', null)).toMatchObject({ status: 'declined', decline, card: shown })
          harness.tellIssuer(shown.fingerprint, null)
          expect(await gateway.hold({ ...hold, chargeId: 'charge-2' })).toMatchObject({ outcome: 'approved' })
        })
      }

      it("hands on Mastercard's merchant advice", async () => {
        const { hold, card: shown } = await registered(goodMastercard)
        harness.tellIssuer(shown.fingerprint, 'stolen_card')
        expect(await gateway.hold(hold)).toMatchObject({ declineCode: 'stolen_card', networkCode: '03' })
      })

      it('declines what needs the payer when the payer is away', async () => {
        const { hold } = await registered(asksAlways)
        expect(await gateway.hold(hold)).toMatchObject({ outcome: 'declined', code: 'authentication_required' })
      })

      it('asks the payer who is there, and goes on with the same payment', async () => {
        const { customerId, hold } = await registered(asksAlways)
        const asked = await gateway.hold({ ...hold, offSession: false })
        if (asked.outcome !== 'needs_customer') throw new Error(`not asked: ${asked.outcome}`)
        expect(captured()).toBe(0n)
        await harness.confirm({ clientSecret: asked.clientSecret, threeDSecure: 'pass' })
        expect(await look(customerId, 'charge-1', asked.paymentId)).toMatchObject({ status: 'held' })
      })

      it('charges a card that was set up with 3-D Secure without asking again', async () => {
        const { hold } = await registered(asksUnlessSetUp)
        expect(await gateway.hold(hold)).toMatchObject({ outcome: 'approved' })
      })
    })

    describe('idempotency', () => {
      it('F3 answers a replay as before and moves the money once', async () => {
        const { hold } = await registered()
        const first = await gateway.hold(hold)
        expect(await gateway.hold(hold)).toEqual(first)
        const capture = { ...hold, paymentId: 'paymentId' in first ? (first.paymentId ?? '') : '' }
        const captureAnswer = await gateway.capture(capture)
        expect(await gateway.capture(capture)).toEqual(captureAnswer)
        expect(booked()).toHaveLength(1)
        expect(captured()).toBe(1234n)
      })

      it('F4 replays a decline under its key, though the card was cured meanwhile', async () => {
        const { hold, card: shown } = await registered()
        harness.tellIssuer(shown.fingerprint, 'insufficient_funds')
        const declined = await gateway.hold(hold)
        harness.tellIssuer(shown.fingerprint, null)
        expect(await gateway.hold(hold)).toEqual(declined)
        expect(await gateway.hold({ ...hold, chargeId: 'charge-2' })).toMatchObject({ outcome: 'approved' })
      })

      it('other parameters under a key are unknown, and do nothing', async () => {
        const { hold } = await registered()
        await gateway.hold(hold)
        expect(await gateway.hold({ ...hold, amountMinor: 9999n })).toMatchObject({ outcome: 'unknown' })
        expect(booked()).toHaveLength(1)
      })

      it('F5 forgets a key after 24 hours: the same request is a second payment', async () => {
        const { hold } = await registered()
        await gateway.hold(hold)
        harness.clock.set(plusMs(start, 24 * hourMs - 1))
        await gateway.hold(hold)
        expect(booked()).toHaveLength(1)
        harness.clock.set(plusMs(start, 24 * hourMs))
        await gateway.hold(hold)
        expect(booked()).toHaveLength(2)
      })

      it('F5 shows the payment that took money, when a charge has several', async () => {
        const { customerId, hold } = await registered()
        await gateway.capture(await held(hold))
        harness.clock.set(plusMs(start, 25 * hourMs))
        await gateway.hold(hold)
        expect(await look(customerId, 'charge-1', null)).toMatchObject({ status: 'captured' })
      })

      it('F7 a key in use is unknown', async () => {
        const { hold } = await registered()
        harness.arm('key_in_use', 'hold')
        expect(await gateway.hold(hold)).toMatchObject({ outcome: 'unknown' })
        expect(await gateway.hold(hold)).toMatchObject({ outcome: 'approved' })
        expect(booked()).toHaveLength(1)
      })
    })

    describe('faults', () => {
      const unanswered = [
        { fault: 'timeout_before', moved: false, replay: 'approved' },
        { fault: 'timeout_after', moved: true, replay: 'approved' },
        { fault: 'error_500', moved: false, replay: 'approved' },
        { fault: 'error_500_stored', moved: false, replay: 'unknown' },
        { fault: 'error_500_stored_after', moved: true, replay: 'unknown' },
      ] as const
      for (const { fault, moved, replay } of unanswered) {
        it(`F6 F8 hold: ${fault} is unknown, reading tells, a replay is ${replay}`, async () => {
          const { customerId, hold } = await registered()
          harness.arm(fault, 'hold')
          expect(await gateway.hold(hold)).toMatchObject({ outcome: 'unknown' })
          const looked = await gateway.lookUp({ chargeId: 'charge-1', customerId, paymentId: null, since: start })
          expect(looked.outcome).toBe(moved ? 'found' : 'absent')
          if (looked.outcome === 'found') expect(looked.payment.status).toBe('held')
          expect(await gateway.hold(hold)).toMatchObject({ outcome: replay })
          expect(booked()).toHaveLength(moved || replay === 'approved' ? 1 : 0)
        })

        it(`F6 F8 capture: ${fault} is unknown, reading tells, a replay is ${replay}`, async () => {
          const { customerId, hold } = await registered()
          const capture = await held(hold)
          harness.arm(fault, 'capture')
          expect(await gateway.capture(capture)).toMatchObject({ outcome: 'unknown' })
          const payment = await look(customerId, 'charge-1', capture.paymentId)
          expect(payment.status).toBe(moved ? 'captured' : 'held')
          expect(await gateway.capture(capture)).toMatchObject({ outcome: replay })
          expect(captured()).toBe(moved || replay === 'approved' ? 1234n : 0n)
        })
      }

      it('429 is not executed, and the same key works later', async () => {
        const { hold } = await registered()
        harness.arm('rate_limited', 'hold')
        expect(await gateway.hold(hold)).toMatchObject({ outcome: 'not_executed' })
        expect(booked()).toHaveLength(0)
        expect(await gateway.hold(hold)).toMatchObject({ outcome: 'approved' })
      })

      it('429 on a read is not an absence', async () => {
        const { customerId } = await registered()
        harness.arm('rate_limited', 'read')
        const looked = await gateway.lookUp({ chargeId: 'charge-1', customerId, paymentId: null, since: start })
        expect(looked.outcome).toBe('not_executed')
      })

      it('401 is refused everywhere, and nothing happened', async () => {
        const { customerId, hold } = await registered()
        const capture = await held(hold)
        harness.breakDown('unauthorised')
        expect(await gateway.hold({ ...hold, chargeId: 'charge-2' })).toMatchObject({ outcome: 'refused' })
        expect(await gateway.capture(capture)).toMatchObject({ outcome: 'refused' })
        expect(await gateway.release(capture)).toMatchObject({ outcome: 'refused' })
        const looked = await gateway.lookUp({ chargeId: 'charge-1', customerId, paymentId: null, since: start })
        expect(looked.outcome).toBe('refused')
        expect(await gateway.createCustomer({ accountId: 'OP0000000009', coverage: 'g' })).toMatchObject({
          outcome: 'refused',
        })
        expect(captured()).toBe(0n)
        harness.breakDown('none')
        expect(await gateway.capture(capture)).toMatchObject({ outcome: 'approved' })
      })

      it('a gateway that is down leaves everything unknown', async () => {
        const { customerId, hold } = await registered()
        harness.breakDown('down')
        expect(await gateway.hold(hold)).toMatchObject({ outcome: 'unknown' })
        const looked = await gateway.lookUp({ chargeId: 'charge-1', customerId, paymentId: null, since: start })
        expect(looked.outcome).toBe('unknown')
        const period = { from: start, to: plusMs(start, dayMs), cursor: null }
        expect(await gateway.listPayments(period)).toMatchObject({ outcome: 'unknown' })
      })

      it('a payment id that the gateway does not know is our fault, never an absence', async () => {
        const { customerId } = await registered()
        const looked = await gateway.lookUp({
          chargeId: 'charge-1',
          customerId,
          paymentId: 'pi_elsewhere',
          since: start,
        })
        expect(looked.outcome).toBe('refused')
      })

      it('a card that is not there is our fault', async () => {
        const { hold } = await registered()
        expect(await gateway.hold({ ...hold, paymentMethodId: 'pm_elsewhere' })).toMatchObject({ outcome: 'refused' })
      })
    })

    describe('reading', () => {
      it('is absent for a charge that was never sent', async () => {
        const { customerId } = await registered()
        const looked = await gateway.lookUp({ chargeId: 'charge-9', customerId, paymentId: null, since: start })
        expect(looked).toEqual({ outcome: 'absent' })
      })

      it('F51 finds a payment although a clock was set back before it was made', async () => {
        const { customerId, hold } = await registered()
        harness.clock.set(plusMs(start, -30 * dayMs))
        await held(hold)
        expect(await look(customerId, 'charge-1', null)).toMatchObject({ status: 'held' })
      })
    })

    describe('amounts', () => {
      const amounts = [
        { name: 'F38 JPY has no minor unit', currency: 'JPY', amountMinor: 28734n },
        { name: 'F38 USD has cents', currency: 'USD', amountMinor: 28734n },
        { name: 'F39 ISK', currency: 'ISK', amountMinor: 5000n },
        { name: 'F39 UGX', currency: 'UGX', amountMinor: 7500n },
        { name: 'F39 KWD in tens of fils', currency: 'KWD', amountMinor: 5120n },
        { name: 'F39 MGA in whole ariary', currency: 'MGA', amountMinor: 150_000n },
      ]
      for (const { name: title, currency, amountMinor } of amounts) {
        it(`${title}: hold, capture and books agree`, async () => {
          const { customerId, hold } = await registered()
          const capture = await held({ ...hold, currency, amountMinor })
          expect(await gateway.capture(capture)).toEqual({ outcome: 'approved', capturedMinor: amountMinor })
          expect(booked()).toMatchObject([{ currency, amountMinor, capturedMinor: amountMinor }])
          const payment = await look(customerId, 'charge-1', capture.paymentId)
          expect(payment).toMatchObject({ currency, amountMinor, capturedMinor: amountMinor })
        })
      }
    })
  })
}

const card = { expMonth: 12, expYear: 2034, cvc: '123' }
const registration = {
  chargeId: 'verification-1',
  accountId: 'OP0000000001',
  coverage: 'g',
  amountMinor: 100n,
  currency: 'USD',
}
const charge = {
  chargeId: 'charge-1',
  accountId: 'OP0000000001',
  coverage: 'g',
  subjectId: 'invoice-1',
  trigger: 'run',
  amountMinor: 1234n,
  currency: 'USD',
  offSession: true,
}

/** The same gateway, keeping all it returns. */
function listening(gateway: CardGateway, returned: unknown[]): CardGateway {
  const keep = async <T>(answer: Promise<T>): Promise<T> => {
    returned.push(await answer)
    return answer
  }
  return {
    apiVersion: gateway.apiVersion,
    createCustomer: (request) => keep(gateway.createCustomer(request)),
    beginRegistration: (request) => keep(gateway.beginRegistration(request)),
    hold: (request) => keep(gateway.hold(request)),
    capture: (request) => keep(gateway.capture(request)),
    release: (request) => keep(gateway.release(request)),
    lookUp: (request) => keep(gateway.lookUp(request)),
    refund: (request) => keep(gateway.refund(request)),
    lookUpRefunds: (request) => keep(gateway.lookUpRefunds(request)),
    lookUpDispute: (request) => keep(gateway.lookUpDispute(request)),
    lookUpCard: (request) => keep(gateway.lookUpCard(request)),
    readEvent(request) {
      const read = gateway.readEvent(request)
      returned.push(read)
      return read
    },
    listBalance: (page) => keep(gateway.listBalance(page)),
    listPayouts: (page) => keep(gateway.listPayouts(page)),
    listPayments: (page) => keep(gateway.listPayments(page)),
    listRefunds: (page) => keep(gateway.listRefunds(page)),
    listDisputes: (page) => keep(gateway.listDisputes(page)),
  }
}
