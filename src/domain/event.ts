/** What can happen, in the past tense. Each has a sentence in `texts/story.ts`, or it does not compile. */

export type ChargeEvent =
  | 'charge_captured'
  | 'charge_declined'
  | 'charge_released'
  | 'charge_expired'
  | 'charge_not_executed'
  | 'charge_withheld'
  | 'charge_refused'
  | 'charge_unknown'

export type MonthEvent =
  | 'invoice_issued'
  | 'invoice_paid_by_credit'
  | 'invoice_waived'
  | 'month_carried_over'
  | 'month_credited'

export type OrderEvent =
  | 'order_quoted'
  | 'order_quoted_again'
  | 'order_confirmed'
  | 'order_held'
  | 'order_failed'
  | 'order_retried'
  | 'order_shipping'
  | 'order_shipped'
  | 'order_cancelling'
  | 'order_cancelled'
  | 'order_returned'

/** What was done to a payer's sign-in, or to the users of an account. */
export type IdentityEvent =
  | 'password_changed'
  | 'password_reset'
  | 'totp_turned_on'
  | 'totp_turned_off'
  | 'backup_code_used'
  | 'user_added'
  | 'user_removed'

export type StandingEvent =
  /** Told that something is overdue, and what comes of it. */
  'reminded' | 'suspended' | 'restored' | 'exempted' | 'exemption_ended' | 'postponed'

export type RefundEvent =
  | 'refund_requested'
  | 'refund_found'
  | 'refund_succeeded'
  | 'refund_failed'
  | 'refund_returned'
  | 'refund_not_executed'
  | 'refund_refused'
  | 'refund_unknown'

export type DisputeEvent =
  | 'dispute_opened'
  | 'dispute_won'
  | 'dispute_lost'
  | 'dispute_closed'
  | 'dispute_decided'
  | 'dispute_reinstated'

export type EventKind =
  | RefundEvent
  | DisputeEvent
  | 'card_updated'
  | IdentityEvent
  | ChargeEvent
  | MonthEvent
  | OrderEvent
  | StandingEvent
  | 'invoice_approved'
  | 'invoice_retried'
  | 'account_closed'
  | 'card_registered'
  | 'card_expiring'
  | 'activated'
  | 'trial_granted'
  | 'trial_ended'
