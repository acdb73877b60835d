/** The payment settings as the API shows them, in the caller's language; to a payer without what only staff may know. */
import type { z } from 'zod'
import type { Caller } from '../domain/access.ts'
import type { Instant, Month } from '../domain/calendar.ts'
import { type AllowedAction, type PlanRefusal, registerLabelOf, validityOf } from '../domain/payment-view.ts'
import type { OutstandingInvoice, PaymentSettings } from '../operations/read-payment-settings.ts'
import type { OpenInvoice } from '../postgres/payment-settings-read.ts'
import { formatCard } from '../texts/format.ts'
import { type Language, say } from '../texts/language.ts'
import { actionLabels, actionRefusalTexts } from '../texts/payment-settings.ts'
import { skipTexts } from '../texts/skips.ts'
import { automaticSentence, invoiceFailure, orderFailure } from './failure-view.ts'
import type { actionOut, paymentSettingsOut } from './payment-settings-schema.ts'
import { registrationView } from './registration-view.ts'
import { wireInstant, wireInstantOrNull, wireMinor } from './wire.ts'

export interface Reader {
  readonly caller: Caller
  readonly language: Language
  readonly now: Instant
}

export function paymentSettingsView(
  accountId: string,
  view: PaymentSettings,
  reader: Reader,
): z.input<typeof paymentSettingsOut> {
  const { settings, rules, outstanding, activation, registration } = view
  return {
    accountId,
    coverage: settings.coverage,
    currency: rules.currency,
    timeZone: rules.timeZone,
    method: settings.method,
    card: cardView(view, reader),
    trial: settings.trialEndsOn === null ? null : { endsOn: settings.trialEndsOn },
    creditMinor: wireMinor(settings.creditMinor),
    registration: settings.registrationId === null ? null : registrationView(settings, rules.currency, reader),
    standing: {
      status: settings.standing,
      overdueSince: wireInstantOrNull(view.overdueSince),
      suspendsOn: view.suspendsOn,
      suspendedAt: wireInstantOrNull(settings.suspendedAt),
    },
    banners: bannersOf(view, reader),
    outstanding: {
      sumMinor: wireMinor(sumOf(outstanding)),
      invoices: outstanding.map((invoice) => invoiceView(invoice, rules.timeZone, reader)),
    },
    activation: {
      sumMinor: wireMinor(activation.sumMinor),
      invoices: activation.attempts.map(planView),
      refusals: activation.refusals.map((refusal) => refusalView(refusal, rules.timeZone, reader.language)),
    },
    registering: planViews(registration),
    attempts: attemptsOf(view),
    waiting: view.open.flatMap(waitingView),
    allowedActions: view.actions.map((action) => actionView(action, view, reader)),
  }
}

export const sumOf = (outstanding: readonly OutstandingInvoice[]): bigint =>
  outstanding.reduce((sum, { dueMinor }) => sum + dueMinor, 0n)

const planView = (plan: { readonly invoiceId: string; readonly month: Month; readonly amountMinor: bigint }) => ({
  invoiceId: plan.invoiceId,
  month: plan.month,
  amountMinor: wireMinor(plan.amountMinor),
})

/** What registering a card would charge. */
export const planViews = ({ sumMinor, attempts, waitingMinor, waiting }: PaymentSettings['registration']) => ({
  sumMinor: wireMinor(sumMinor),
  invoices: attempts.map(planView),
  waitingMinor: wireMinor(waitingMinor),
  waitingInvoices: waiting.map(planView),
})

/** An invoice that Activate may not try. */
export const refusalView = (refusal: PlanRefusal, zone: string, language: Language) => ({
  ...planView(refusal),
  ...reasonView(refusal, zone, language),
})

export function cardView({ settings, rules }: PaymentSettings, { now }: Reader) {
  const { brand, last4, expMonth, expYear, registeredAt } = settings
  if (!brand || !last4 || !expMonth || !expYear || registeredAt === null) return null
  const card = { brand, last4, expMonth, expYear }
  return {
    ...card,
    text: formatCard(card),
    validity: validityOf(card, rules, now),
    registeredAt: wireInstant(registeredAt),
  }
}

/** What failed last among the invoices, then each order that failed (B11). */
export function bannersOf({ outstanding, orders, rules }: PaymentSettings, reader: Reader) {
  const [latest] = outstanding.toSorted((one, other) => (other.failedAt ?? 0) - (one.failedAt ?? 0))
  const failure = latest && invoiceFailure(latest, rules.timeZone, reader)
  const common = { coverage: rules.coverage, currency: rules.currency }
  return [
    ...(latest && failure
      ? [{ kind: 'payment_failed' as const, ...common, invoiceId: latest.invoiceId, orderId: null, ...failure }]
      : []),
    ...orders
      .filter(({ settled }) => settled)
      .map((order) => ({
        kind: 'order_failed' as const,
        ...common,
        invoiceId: null,
        orderId: order.orderId,
        ...orderFailure(order, reader),
      })),
  ]
}

function invoiceView(invoice: OutstandingInvoice, zone: string, reader: Reader) {
  const { automatic, skipReason, skippedOn, skipUntil } = invoice
  const { heldBackBy } = automatic
  return {
    invoiceId: invoice.invoiceId,
    month: invoice.month,
    firstMonth: invoice.firstMonth,
    totalMinor: wireMinor(invoice.totalMinor),
    dueMinor: wireMinor(invoice.dueMinor),
    failure: invoiceFailure(invoice, zone, reader),
    nextAutomaticAttempt: {
      at: wireInstantOrNull(automatic.at),
      heldBackBy: heldBackBy && reasonView(heldBackBy, zone, reader.language),
      sentence: automaticSentence(automatic, zone, reader.language),
    },
    latestSkip:
      skipReason === null || skippedOn === null
        ? null
        : { on: skippedOn, ...reasonView({ reason: skipReason, until: skipUntil }, zone, reader.language) },
    chargeId: invoice.chargeId,
  }
}

const reasonView = (
  { reason, until }: { readonly reason: keyof typeof skipTexts; readonly until: Instant | null },
  zone: string,
  language: Language,
) => ({ reason, sentence: say(skipTexts[reason], language, { until, zone }), until: wireInstantOrNull(until) })

/** Charges at work; a card's verification is the registration's business. */
function attemptsOf({ open, orders }: PaymentSettings) {
  const ofInvoices = open.flatMap(({ chargeId, chargeStatus, chargeTrigger, chargeMinor, chargeAt, invoiceId }) =>
    chargeId === null || chargeTrigger === null || chargeMinor === null || chargeAt === null
      ? []
      : [
          {
            chargeId,
            invoiceId,
            orderId: null,
            trigger: chargeTrigger,
            amountMinor: wireMinor(chargeMinor),
            status: chargeStatus === 'needs_customer' ? ('needs_customer' as const) : ('in_progress' as const),
            startedAt: wireInstant(chargeAt),
          },
        ],
  )
  const ofOrders = orders
    .filter(({ settled }) => !settled)
    .map((order) => ({
      chargeId: order.chargeId,
      invoiceId: null,
      orderId: order.orderId,
      trigger: order.trigger,
      amountMinor: wireMinor(order.amountMinor),
      status: order.status === 'needs_customer' ? ('needs_customer' as const) : ('in_progress' as const),
      startedAt: wireInstant(order.chargeAt),
    }))
  return [...ofInvoices, ...ofOrders]
}

/** An attempt that somebody asked for and that has not begun: at once, or once the charge before it has failed (B6). */
const waitingView = ({ invoiceId, month, dueMinor, requestedTrigger, requestedAt, chargeId }: OpenInvoice) =>
  requestedTrigger === null || requestedAt === null
    ? []
    : [
        {
          invoiceId,
          month,
          amountMinor: wireMinor(dueMinor),
          trigger: requestedTrigger,
          requestedAt: wireInstant(requestedAt),
          waitsForChargeId: chargeId,
        },
      ]

function actionView(
  { action, refused }: AllowedAction,
  { settings, rules }: PaymentSettings,
  { language }: Reader,
): z.input<typeof actionOut> {
  const labelKey = action === 'activate' ? action : registerLabelOf(settings.method)
  return {
    action,
    labelKey,
    label: say(actionLabels[labelKey], language, undefined),
    allowed: refused === null,
    refused: refused && {
      reason: refused.reason,
      sentence: say(actionRefusalTexts[refused.reason], language, { until: refused.until, zone: rules.timeZone }),
      until: wireInstantOrNull(refused.until),
    },
  }
}
