/**
 * The simulator as the card gateway's port, in-process: for benchmarks, simulations and operations' tests.
 *
 * It sends the same commands to the same core through the same faults as the wire does; only the waiting is left out:
 * an answer that is lost is `unknown` at once.
 */
import { type Instant, instant } from '../domain/calendar.ts'
import type {
  CaptureOutcome,
  CardGateway,
  CardOutcome,
  CustomerOutcome,
  Decline,
  GatewayCard,
  GatewayPayment,
  HoldOutcome,
  LookUpOutcome,
  RegistrationOutcome,
  ReleaseOutcome,
} from '../ports/card-gateway.ts'
import { mostTelling } from '../ports/card-gateway.ts'
import { type AccountBooks, accountBooks } from './books.ts'
import { chance } from './chance.ts'
import type { Command } from './core.ts'
import { clientSecretOf } from './customers.ts'
import { balanceThrough, payoutsThrough } from './gateway-balance.ts'
import { disputeThrough } from './gateway-disputes.ts'
import { readEvent } from './gateway-events.ts'
import { listsThrough } from './gateway-lists.ts'
import { refundsThrough, refundThrough } from './gateway-refunds.ts'
import { isMissing, misfit, notDone, type Send } from './gateway-send.ts'
import { accountOfSecretKey, webhookSecretOf } from './keys.ts'
import { idsOf } from './many.ts'
import { asOf } from './payments.ts'
import type { Method, Payment, PaymentDecline } from './rows.ts'
import type { Simulator } from './simulator.ts'

export interface SimulatedGatewayOptions {
  readonly simulator: Simulator
  /** `sk_test_<account>`: each coverage has a gateway account of its own, made when it is first used. */
  readonly secretKey: string
  /** The signing secret of the account's events; the simulator's own when left out, and with null none is read. */
  readonly webhookSecret?: string | null
  /** Business time. */
  readonly now: () => Instant | Promise<Instant>
  /** A call that would take longer is unknown at once; 20 s when left out. */
  readonly timeoutMs?: number
}

/** Throws a TypeError when the secret key is not one of the simulator's form. */
export function simulatedGateway(options: SimulatedGatewayOptions): CardGateway {
  const { simulator, secretKey, now, timeoutMs = 20_000 } = options
  const name = accountOfSecretKey(secretKey)
  if (name === null) throw new TypeError('A simulated gateway wants a secret key like sk_test_g')
  const { webhookSecret = webhookSecretOf(name) } = options
  const account = accountBooks(simulator.books, name)
  const secretOf = (paymentId: string) => clientSecretOf(simulator.books, paymentId)

  const send: Send = async (command, key, params) => {
    const at = now()
    const request = { account: name, command, key, params: key === null ? 0 : chance(params) }
    const reached = await simulator.call(request, typeof at === 'number' ? at : await at, timeoutMs)
    if (!reached.reached) return { outcome: 'unknown', reason: 'no answer from the gateway' }
    return reached.answer.object === 'error' ? (notDone(reached.answer.error) ?? reached.answer) : reached.answer
  }

  return {
    apiVersion: 'simulator-1',

    async createCustomer({ accountId, coverage }): Promise<CustomerOutcome> {
      const metadata = { kessai_account: accountId, kessai_coverage: coverage }
      const command = { name: 'create_customer', metadata, email: null, fullName: null } as const
      const answer = await send(command, `${coverage}:${accountId}:customer`, 'customer')
      if ('outcome' in answer) return answer
      return answer.object === 'customer' ? { outcome: 'approved', customerId: answer.customer.id } : misfit(answer)
    },

    async beginRegistration(request): Promise<RegistrationOutcome> {
      const { chargeId, accountId, customerId, amountMinor, currency } = request
      const command: Command = {
        ...paymentDefaults,
        kind: amountMinor === 0n ? 'setup' : 'payment',
        amountMinor,
        currency,
        customerId,
        methodId: null,
        confirm: false,
        offSession: false,
        setupFutureUsage: true,
        metadata: { kessai_charge: chargeId, kessai_account: accountId },
      }
      const answer = await send(command, `${chargeId}:register`, `register|${customerId}|${amountMinor}|${currency}`)
      if ('outcome' in answer) return answer
      if (answer.object !== 'payment') return misfit(answer)
      const { id: paymentId } = answer.payment
      return { outcome: 'approved', paymentId, clientSecret: secretOf(paymentId) }
    },

    async hold(request): Promise<HoldOutcome> {
      const { chargeId, accountId, subjectId, customerId, paymentMethodId, amountMinor, currency, offSession } = request
      const command: Command = {
        ...paymentDefaults,
        kind: 'payment',
        amountMinor,
        currency,
        customerId,
        methodId: paymentMethodId,
        confirm: true,
        offSession,
        setupFutureUsage: false,
        metadata: {
          kessai_charge: chargeId,
          kessai_account: accountId,
          kessai_subject: subjectId,
          kessai_trigger: request.trigger,
        },
      }
      const params = `hold|${customerId}|${paymentMethodId}|${amountMinor}|${currency}|${offSession}|${subjectId}`
      const answer = await send(command, `${chargeId}:hold`, params)
      if ('outcome' in answer) return answer
      if (answer.object === 'error' && answer.error.decline !== null) {
        return { outcome: 'declined', paymentId: answer.error.payment?.id ?? null, ...declineOf(answer.error.decline) }
      }
      if (answer.object !== 'payment') return misfit(answer)
      const { id: paymentId, status, holdExpiresAt } = answer.payment
      if (status === 'requires_action')
        return { outcome: 'needs_customer', paymentId, clientSecret: secretOf(paymentId) }
      return { outcome: 'approved', paymentId, expiresAt: holdExpiresAt === null ? null : instant(holdExpiresAt) }
    },

    async capture({ chargeId, paymentId, amountMinor }): Promise<CaptureOutcome> {
      const command = { name: 'capture_payment', paymentId, amountMinor } as const
      const answer = await send(command, `${chargeId}:capture`, `capture|${paymentId}|${amountMinor}`)
      if ('outcome' in answer) return answer
      if (answer.object === 'payment') return { outcome: 'approved', capturedMinor: answer.payment.capturedMinor }
      const payment = answer.object === 'error' ? answer.error.payment : null
      if (payment?.status === 'succeeded') return { outcome: 'approved', capturedMinor: payment.capturedMinor }
      return payment?.status === 'canceled' ? { outcome: 'expired' } : misfit(answer)
    },

    async release({ chargeId, paymentId }): Promise<ReleaseOutcome> {
      // A zero check holds nothing, so there is nothing to give up.
      if (account.payments.get(paymentId)?.kind === 'setup') return { outcome: 'approved' }
      const command = { name: 'cancel_payment', paymentId, reason: null } as const
      const answer = await send(command, `${chargeId}:release`, `release|${paymentId}`)
      if ('outcome' in answer) return answer
      if (answer.object === 'payment') return { outcome: 'approved' }
      const payment = answer.object === 'error' ? answer.error.payment : null
      if (payment?.status === 'succeeded') return { outcome: 'captured', capturedMinor: payment.capturedMinor }
      return payment?.status === 'canceled' ? { outcome: 'approved' } : misfit(answer)
    },

    async lookUp({ chargeId, customerId, paymentId }): Promise<LookUpOutcome> {
      // The list meets the faults that any read meets; the payment itself is found by its index.
      const read: Command =
        paymentId === null
          ? { name: 'list_payments', kind: 'payment', ...wholeList, customerId }
          : { name: 'get_payment', paymentId }
      const answer = await send(read, null, '')
      if ('outcome' in answer) return answer
      if (answer.object === 'error') return misfit(answer)
      const at = await now()
      const ids = paymentId === null ? idsOf(account.paymentsOfCharge, chargeId) : [paymentId]
      const found = ids
        .flatMap((id) => account.payments.get(id) ?? [])
        .filter((one) => paymentId !== null || one.customerId === customerId)
      const payment = mostTelling(found.map((one) => gatewayPayment(account, asOf(one, at))))
      return payment === null ? { outcome: 'absent' } : { outcome: 'found', payment }
    },

    refund: (request) => refundThrough(send, request),
    lookUpRefunds: ({ paymentId }) => refundsThrough(send, account, paymentId),
    lookUpDispute: ({ disputeId }) => disputeThrough(send, disputeId),
    async lookUpCard({ customerId, paymentMethodId }): Promise<CardOutcome> {
      const answer = await send({ name: 'get_method', methodId: paymentMethodId }, null, '')
      if ('outcome' in answer) return answer
      if (isMissing(answer)) return { outcome: 'absent' }
      if (answer.object !== 'method') return misfit(answer)
      const isTheirs = answer.method.customerId === customerId
      return isTheirs ? { outcome: 'found', card: cardOf(answer.method) } : { outcome: 'absent' }
    },
    listBalance: (request) => balanceThrough(send, account, request),
    listPayouts: (request) => payoutsThrough(send, request),
    readEvent: (request) => readEvent(webhookSecret, request),
    ...listsThrough(send, (payment) => gatewayPayment(account, payment)),
  }
}

const paymentDefaults = { name: 'create_payment', captureMethod: 'manual' } as const
const wholeList = { from: null, until: null, startingAfter: null, limit: 1 } as const

const declineOf = ({ code, declineCode, adviceCode, networkAdviceCode }: PaymentDecline): Decline => ({
  code,
  declineCode,
  adviceCode,
  networkCode: networkAdviceCode,
})

function gatewayPayment(account: AccountBooks, payment: Payment): GatewayPayment {
  const { id: paymentId, chargeId, customerId, amountMinor, capturedMinor, refundedMinor, currency, decline } = payment
  return {
    paymentId,
    chargeId,
    accountId: payment.metadata.kessai_account ?? null,
    subjectId: payment.metadata.kessai_subject ?? null,
    trigger: payment.metadata.kessai_trigger ?? null,
    customerId,
    status: statusOf(payment),
    amountMinor,
    capturedMinor,
    refundedMinor,
    currency,
    createdAt: instant(payment.createdAt),
    holdExpiresAt:
      payment.holdExpiresAt === null || payment.status !== 'requires_capture' ? null : instant(payment.holdExpiresAt),
    decline: decline === null ? null : declineOf(decline),
    card: shownCard(account, payment),
  }
}

function statusOf(payment: Payment): GatewayPayment['status'] {
  switch (payment.status) {
    case 'requires_payment_method':
      return payment.decline === null ? 'needs_customer' : 'declined'
    case 'requires_confirmation':
    case 'requires_action':
      return 'needs_customer'
    case 'processing':
      return 'processing'
    case 'requires_capture':
      return 'held'
    case 'succeeded':
      // A zero check that passed holds nothing, but stands where a hold would: the card is good.
      return payment.kind === 'setup' ? 'held' : 'captured'
    case 'canceled':
      return payment.cancellationReason === 'automatic' ? 'expired' : 'released'
  }
}

const shownCard = (account: AccountBooks, payment: Payment): GatewayCard | null => {
  const method = account.methods.get(payment.methodId ?? payment.decline?.methodId ?? '')
  return method === undefined ? null : cardOf(method)
}

const cardOf = ({ id: paymentMethodId, fingerprint, brand, last4, expMonth, expYear }: Method): GatewayCard => ({
  paymentMethodId,
  fingerprint,
  brand,
  last4,
  expMonth,
  expYear,
})
