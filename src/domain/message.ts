/**
 * Whom to tell by e-mail, and when to leave them in peace: one table from what happened to the message it makes (F35).
 *
 * An event makes one message at most. A failed payment is told at once and not again every day: reminders come with
 * the standing; only when a failure that passes by itself becomes one that the customer alone can solve is it told once
 * more. Who is present reads the answer on the page.
 */
import { hourMs, minuteMs } from './calendar.ts'
import type { RetryRule } from './decline.ts'
import type { EventKind } from './event.ts'
import type { InvoiceStatus } from './invoice.ts'
import type { Trigger } from './retry.ts'

export const messageKinds = {
  payment_failed: 'An attempt that nobody watched failed.',
  payment_received: 'An invoice is paid.',
  method_changed: 'A card was registered, in place of whatever was there.',
  trial_ended: 'A trial is over and no payment method was registered.',
  card_expiring: 'The card in use expires at the end of next month.',
  reminder: 'A payment is overdue.',
  suspended: 'The service is interrupted.',
  restored: 'Nothing is overdue any more.',
  password_reset: 'A link to a new password, asked for by whoever knows the address.',
  invitation: 'A link to a first password.',
} as const
export type MessageKind = keyof typeof messageKinds

export const messageStatuses = {
  queued: 'To be sent at its next try. Dies here: another worker sends it, under the same Message-ID.',
  sent: 'The mail server took it.',
  failed: 'The mail server refused it, or was tried in vain too often. Staff see it, and can have it tried again.',
  dropped: 'No longer true when it was to be sent: paid meanwhile, a link run out, an account without an address.',
} as const
export type MessageStatus = keyof typeof messageStatuses

/** Event kinds that may make a message, and which. */
const kindFor: Readonly<Partial<Record<EventKind, MessageKind>>> = {
  charge_declined: 'payment_failed',
  charge_captured: 'payment_received',
  card_registered: 'method_changed',
  trial_ended: 'trial_ended',
  card_expiring: 'card_expiring',
  reminded: 'reminder',
  suspended: 'suspended',
  restored: 'restored',
}

/** Whether an event of this kind is to be looked at more closely, once it is committed. */
export const mayBeTold = (kind: EventKind): boolean => Object.hasOwn(kindFor, kind)

/** An event with what it takes to decide. */
export interface TellableEvent {
  readonly eventId: string
  readonly kind: EventKind
  /** Null for what is no charge's. */
  readonly trigger: Trigger | null
  readonly invoiceId: string | null
  /** What the event made of its invoice. */
  readonly madeInvoice: InvoiceStatus | null
  /** What the invoice is now, which may be later. */
  readonly invoiceIsNow: InvoiceStatus | null
  /** What the decline says about trying again. */
  readonly retry: RetryRule['kind'] | null
  /** What the payer was told of this invoice's failures before. */
  readonly toldBefore: readonly FailureTold[]
}

/** A failure that we try to get over by ourselves, or one that waits for the customer. */
export type FailureTold = 'passing' | 'customer'

export const failureAbout = (invoiceId: string, told: FailureTold): string => `${invoiceId} ${told}`

/** The message that an event makes, with the key under which it is told once; null: nobody is told. */
export function messageFor(event: TellableEvent): { readonly kind: MessageKind; readonly about: string } | null {
  const kind = kindFor[event.kind]
  switch (kind) {
    case undefined:
      return null
    case 'payment_failed':
      return failureMessage(event)
    case 'payment_received':
      return event.invoiceId !== null && event.madeInvoice === 'paid' ? { kind, about: event.eventId } : null
    default:
      return { kind, about: event.eventId }
  }
}

function failureMessage({ trigger, invoiceId, invoiceIsNow, retry, toldBefore }: TellableEvent) {
  if (trigger === null || !unwatched.has(trigger)) return null
  if (invoiceId === null || invoiceIsNow !== 'outstanding') return null
  const told: FailureTold = retry === 'never' || retry === 'customer' ? 'customer' : 'passing'
  if (toldBefore.includes(told) || toldBefore.includes('customer')) return null
  return { kind: 'payment_failed' as const, about: failureAbout(invoiceId, told) }
}

/** Attempts at which the payer is not there to read what came of them. */
const unwatched: ReadonlySet<Trigger> = new Set(['run', 'daily_retry', 'staff'])

/** Kinds that are true only while something is still to be paid. */
export const untrueOncePaid: ReadonlySet<MessageKind> = new Set(['payment_failed', 'reminder', 'suspended'])

/** Wall time until the next try, after so many; null: it has failed. Two days in all. */
export function nextTryAfterMs(attempts: number): number | null {
  return waitsMs[attempts - 1] ?? null
}
const waitsMs = [minuteMs, 5 * minuteMs, 15 * minuteMs, hourMs, 3 * hourMs, 6 * hourMs, 12 * hourMs, 24 * hourMs]
