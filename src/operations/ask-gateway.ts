/** One call to the gateway about one charge, and what its answer teaches; nothing is decided or written here. */
import type { Learnt } from '../domain/learnt.ts'
import type { CardGateway, GatewayPayment, NotDone } from '../ports/card-gateway.ts'
import type { ClaimedCharge } from '../postgres/charges.ts'

/** `check` asks nobody: what was never sent left no trace, and whether it is still wanted is read from our own rows. */
export type Act = 'hold' | 'capture' | 'release' | 'look_up' | 'check'

export async function askGateway(gateway: CardGateway, charge: ClaimedCharge, act: Act): Promise<Learnt> {
  const { chargeId, paymentId, apiVersion } = charge
  switch (act) {
    case 'check':
      return { kind: 'absent' }
    case 'hold':
      return learntFromHold(gateway, charge)
    case 'capture': {
      if (paymentId === null) throw new Error(`charge ${chargeId} is captured without a payment`)
      const amountMinor = charge.captureMinor ?? charge.amountMinor
      const answer = await gateway.capture({ chargeId, paymentId, amountMinor, currency: charge.currency, apiVersion })
      if (answer.outcome === 'approved') return { kind: 'captured', paymentId, capturedMinor: answer.capturedMinor }
      if (answer.outcome === 'declined') return { kind: 'declined', paymentId, decline: answer }
      return answer.outcome === 'expired' ? { kind: 'expired' } : notDone(answer)
    }
    case 'release': {
      if (paymentId === null) throw new Error(`charge ${chargeId} is released without a payment`)
      const answer = await gateway.release({ chargeId, paymentId, apiVersion })
      if (answer.outcome === 'approved') return { kind: 'released' }
      if (answer.outcome === 'captured') return { kind: 'captured', paymentId, capturedMinor: answer.capturedMinor }
      return notDone(answer)
    }
    case 'look_up': {
      const { customerId, intendedAt } = charge
      const answer = await gateway.lookUp({ chargeId, customerId, paymentId, since: intendedAt })
      if (answer.outcome === 'found') return learntFromPayment(answer.payment)
      // Not being able to ask says nothing about what happened.
      return answer.outcome === 'absent' ? { kind: 'absent' } : { kind: 'unknown', reason: answer.reason }
    }
  }
}

async function learntFromHold(gateway: CardGateway, charge: ClaimedCharge): Promise<Learnt> {
  const { paymentMethodId } = charge
  if (paymentMethodId === null) throw new Error(`charge ${charge.chargeId} names no card`)
  const answer = await gateway.hold({ ...charge, paymentMethodId })
  switch (answer.outcome) {
    case 'approved':
      return { kind: 'held', paymentId: answer.paymentId, expiresAt: answer.expiresAt }
    case 'needs_customer':
      return { kind: 'needs_customer', paymentId: answer.paymentId }
    case 'declined':
      return { kind: 'declined', paymentId: answer.paymentId, decline: answer }
    default:
      return notDone(answer)
  }
}

const notDone = (answer: NotDone): Learnt => ({ kind: answer.outcome, reason: answer.reason })

/** What a payment found at the gateway says about its charge. */
export function learntFromPayment(payment: GatewayPayment): Learnt {
  const { paymentId } = payment
  switch (payment.status) {
    case 'held':
      return { kind: 'held', paymentId, expiresAt: payment.holdExpiresAt }
    case 'captured':
      return { kind: 'captured', paymentId, capturedMinor: payment.capturedMinor }
    case 'declined':
      return { kind: 'declined', paymentId, decline: payment.decline ?? unexplained }
    case 'needs_customer':
      return { kind: 'needs_customer', paymentId }
    case 'processing':
      return { kind: 'unknown', reason: 'the gateway is still processing it' }
    case 'released':
    case 'expired':
      return { kind: payment.status }
  }
}

const unexplained = { code: 'card_declined', declineCode: null, adviceCode: null, networkCode: null }
