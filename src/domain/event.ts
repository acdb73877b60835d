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

export type EventKind =
  | ChargeEvent
  | MonthEvent
  | 'invoice_approved'
  | 'card_registered'
  | 'activated'
  | 'trial_granted'
  | 'trial_ended'
