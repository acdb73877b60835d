/** Orders as the API shows them: to a payer without what only staff may know. */
import { z } from 'zod'
import { type Caller, type Operation, refuseAccess } from '../domain/access.ts'
import { leftToGiveBack, orderStatuses } from '../domain/order.ts'
import type { AllowedAction } from '../domain/order-actions.ts'
import type { ChargeRow } from '../postgres/billing-lists.ts'
import type { OrderRow } from '../postgres/order-lists.ts'
import { formatMoney } from '../texts/format.ts'
import { type Language, say } from '../texts/language.ts'
import {
  notGivenBackText,
  orderActionLabels,
  orderActionRefusalTexts,
  orderFailureTexts,
  orderStatusTexts,
} from '../texts/orders.ts'
import { failedOrderTexts } from '../texts/payment-settings.ts'
import { chargeOut, chargeView } from './billing-views.ts'
import { currencyOut, instantOut, minorOut, wireInstant, wireInstantOrNull, wireMinor } from './wire.ts'

const statusNames = Object.keys(orderStatuses) as [keyof typeof orderStatuses] // its own keys, one at least
export const orderStatus = z.enum(statusNames).meta({ description: 'See the reference of states.' })

const itemOut = z.object({
  code: z.string(),
  name: z.string(),
  quantity: z.int(),
  unitMinor: minorOut.meta({ description: 'Price of one, before tax.' }),
  taxRateBp: z.int().meta({ description: 'Basis points: 1000 is 10 %.' }),
})

const orderShape = {
  orderId: z.string(),
  externalId: z.string().meta({ description: 'The platform’s own name for it.' }),
  coverage: z.string(),
  status: orderStatus,
  statusText: z.string().meta({ description: 'In words, in the language asked for.' }),
  currency: currencyOut,
  netMinor: minorOut,
  taxMinor: minorOut,
  totalMinor: minorOut,
  quotedAt: instantOut,
  quoteEndsAt: instantOut.meta({ description: 'Until then it can be confirmed.' }),
  confirmedAt: instantOut.nullable(),
  heldAt: instantOut.nullable(),
  shippingAt: instantOut.nullable().meta({ description: 'When it was last asked to be shipped.' }),
  shippedAt: instantOut.nullable().meta({ description: 'When the money was there; ship after this.' }),
  cancelledAt: instantOut.nullable(),
  returnedAt: instantOut.nullable(),
}

export const orderOut = z.object(orderShape).meta({ id: 'Order' })

export const orderDetailOut = z
  .object({
    ...orderShape,
    items: z.array(itemOut),
    taxLines: z.array(z.object({ taxRateBp: z.int(), netMinor: minorOut, taxMinor: minorOut })),
    failure: z
      .object({
        code: z.string().meta({ description: 'The public code.', example: 'card_declined' }),
        reason: z.string(),
        advice: z.string().meta({ description: 'What to do.' }),
        automatic: z.string().meta({ description: 'That nothing tries it again by itself.' }),
        failedAt: instantOut,
        issuerCode: z.string().nullable().meta({ description: 'The issuer’s own code; staff only, else null.' }),
      })
      .nullable(),
    notGivenBack: z
      .object({ amountMinor: minorOut, text: z.string() })
      .nullable()
      .meta({ description: 'Of a returned order: what is not yet on its way back to the payer, else null.' }),
    needsCustomer: z
      .object({ chargeId: z.string() })
      .nullable()
      .meta({ description: '3-D Secure asks the payer: fetch the charge’s question, answer it, continue the charge.' }),
    charges: z.array(chargeOut).meta({ description: 'Every attempt with its hold and capture, newest first.' }),
    allowedActions: z
      .array(
        z.object({
          action: z.enum(['confirm', 'cancel', 'ship', 'return', 'retry']),
          label: z.string(),
          allowed: z.boolean(),
          reason: z.object({ code: z.string(), text: z.string(), until: instantOut.nullable() }).nullable(),
        }),
      )
      .meta({ description: 'What this caller’s role may do with orders, now or at another time, and why not now.' }),
  })
  .meta({ id: 'OrderDetail' })

export const orderView = (row: OrderRow, language: Language): z.input<typeof orderOut> => ({
  orderId: row.orderId,
  externalId: row.externalId,
  coverage: row.coverage,
  status: row.status,
  statusText: say(orderStatusTexts[row.status], language, {}),
  currency: row.currency,
  netMinor: wireMinor(row.netMinor),
  taxMinor: wireMinor(row.taxMinor),
  totalMinor: wireMinor(row.totalMinor),
  quotedAt: wireInstant(row.quotedAt),
  quoteEndsAt: wireInstant(row.validUntil),
  confirmedAt: wireInstantOrNull(row.confirmedAt),
  heldAt: wireInstantOrNull(row.heldAt),
  shippingAt: wireInstantOrNull(row.shippingAt),
  shippedAt: wireInstantOrNull(row.shippedAt),
  cancelledAt: wireInstantOrNull(row.cancelledAt),
  returnedAt: wireInstantOrNull(row.returnedAt),
})

/** Everything about one order that this caller may know. */
export function orderDetailView(
  row: OrderRow,
  charges: readonly ChargeRow[],
  actions: readonly AllowedAction[],
  caller: Caller,
  language: Language,
  zone: string,
): z.input<typeof orderDetailOut> {
  return {
    ...orderView(row, language),
    items: [...row.items],
    taxLines: [...row.taxLines],
    failure: failureOf(row, charges, caller, language),
    notGivenBack: notGivenBackOf(row, language),
    needsCustomer: row.askingChargeId === null ? null : { chargeId: row.askingChargeId },
    charges: charges.map((charge) => chargeView(charge, caller, language)),
    allowedActions: actions
      .filter(({ action }) => refuseAccess(operations[action], caller, null) === null)
      .map(({ action, refusal, until }) => ({
        action,
        label: say(orderActionLabels[action], language, {}),
        allowed: refusal === null,
        reason: refusal && {
          code: refusal,
          text: say(orderActionRefusalTexts[refusal], language, { until, zone }),
          until: wireInstantOrNull(until),
        },
      })),
  }
}

const operations = {
  confirm: 'confirmOrder',
  cancel: 'cancelOrder',
  ship: 'shipOrder',
  return: 'returnOrder',
  retry: 'retryOrder',
} as const satisfies Record<AllowedAction['action'], Operation>

function notGivenBackOf(row: OrderRow, language: Language) {
  const amountMinor = leftToGiveBack(row)
  if (amountMinor === 0n) return null
  const amount = formatMoney(amountMinor, row.currency, language)
  return { amountMinor: wireMinor(amountMinor), text: say(notGivenBackText, language, { amount }) }
}

/** The issuer's reason where it gave one; a payer is sent to support in any case (B11). */
function failureOf(row: OrderRow, charges: readonly ChargeRow[], caller: Caller, language: Language) {
  if (row.failureCode === null || row.failedAt === null) return null
  const latest = charges.find((charge) => charge.failureCode === row.failureCode && charge.settledAt === row.failedAt)
  const declined = latest && chargeView(latest, caller, language).failure
  const code = row.failureCode
  const ours =
    code === 'missing' || code === 'card_declined' ? orderFailureTexts[code] : orderFailureTexts.processing_error
  return {
    code,
    reason: declined?.reason ?? say(ours, language, {}),
    advice: say(failedOrderTexts.advice, language, {}),
    automatic: say(failedOrderTexts.automatic, language, {}),
    failedAt: wireInstant(row.failedAt),
    issuerCode: declined?.issuerCode ?? null,
  }
}
