/**
 * What an issuer says when it says no, in Stripe's words: the error code, the decline code, the advice, and the
 * network's own codes. Faithful to the published tables, so that our retry rules meet here what they meet in production.
 */

export interface DeclineReason {
  readonly code: string
  readonly declineCode: string
  readonly adviceCode: 'try_again_later' | 'do_not_try_again' | 'confirm_card_data' | null
  /** The issuer's response code, as the network hands it on (`51`). */
  readonly networkDeclineCode: string | null
}

/** The reason for a Stripe decline code; one that is not listed is a plain `card_declined` without advice. */
export function declineReason(declineCode: string): DeclineReason {
  return reasons[declineCode] ?? { code: 'card_declined', declineCode, adviceCode: null, networkDeclineCode: null }
}

/** Mastercard hands advice on in its own codes (merchant advice `03` never, `02` later, `01` newer data exist). */
export function networkAdviceCode(brand: string, reason: DeclineReason): string | null {
  if (brand !== 'mastercard' || reason.adviceCode === null) return null
  return { try_again_later: '02', do_not_try_again: '03', confirm_card_data: '01' }[reason.adviceCode]
}

const declined = (
  declineCode: string,
  adviceCode: DeclineReason['adviceCode'],
  networkDeclineCode: string | null,
  code = 'card_declined',
): DeclineReason => ({ code, declineCode, adviceCode, networkDeclineCode })

const reasons: Readonly<Record<string, DeclineReason>> = Object.fromEntries(
  [
    declined('generic_decline', 'try_again_later', '05'),
    declined('do_not_honor', 'try_again_later', '05'),
    declined('insufficient_funds', 'try_again_later', '51'),
    declined('card_velocity_exceeded', 'try_again_later', '65'),
    declined('withdrawal_count_limit_exceeded', 'try_again_later', '65'),
    declined('issuer_not_available', 'try_again_later', '91'),
    declined('try_again_later', 'try_again_later', '19'),
    declined('reenter_transaction', 'try_again_later', '19'),
    declined('lost_card', 'do_not_try_again', '41'),
    declined('stolen_card', 'do_not_try_again', '43'),
    declined('pickup_card', 'do_not_try_again', '04'),
    declined('restricted_card', 'do_not_try_again', '62'),
    declined('security_violation', 'do_not_try_again', '63'),
    declined('stop_payment_order', 'do_not_try_again', 'R0'),
    declined('revocation_of_authorization', 'do_not_try_again', 'R1'),
    declined('revocation_of_all_authorizations', 'do_not_try_again', 'R3'),
    declined('invalid_account', 'do_not_try_again', '46'),
    declined('fraudulent', 'do_not_try_again', '59'),
    declined('do_not_try_again', 'do_not_try_again', '05'),
    declined('transaction_not_allowed', 'do_not_try_again', '57'),
    declined('card_not_supported', 'do_not_try_again', '57'),
    declined('currency_not_supported', 'do_not_try_again', '57'),
    declined('expired_card', 'confirm_card_data', '54', 'expired_card'),
    declined('incorrect_cvc', 'confirm_card_data', 'N7', 'incorrect_cvc'),
    declined('incorrect_number', 'confirm_card_data', '14', 'incorrect_number'),
    declined('processing_error', 'try_again_later', '96', 'processing_error'),
    declined('authentication_required', null, '1A', 'authentication_required'),
  ].map((reason) => [reason.declineCode, reason]),
)
