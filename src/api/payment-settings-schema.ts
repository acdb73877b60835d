/** The shapes of the payment settings in the reference. */
import { z } from 'zod'
import { publicCodes } from '../domain/decline.ts'
import { recordedSkips } from '../domain/retry.ts'
import { status as standing } from './standing-view.ts'
import { accountId, currencyOut, instantOut, minorOut } from './wire.ts'

const month = z.string().meta({ description: 'A billing month.', example: '2027-01' })
const sentence = z.string().meta({ description: 'For people, in the language of `Accept-Language`.' })
const until = instantOut.nullable().meta({ description: 'When it ends by itself; null: it takes somebody’s act.' })
export const method = z.enum(['none', 'trial', 'card', 'bank_transfer'])

const staff = z
  .object({
    code: z.string(),
    declineCode: z.string().nullable(),
    adviceCode: z.string().nullable(),
    networkCode: z.string().nullable(),
    reason: z.string(),
    retry: z.string(),
  })
  .optional()
  .meta({ description: 'What the issuer said in full: staff only, never a payer.' })

export const cardOut = z
  .object({
    brand: z.string(),
    last4: z.string(),
    expMonth: z.int(),
    expYear: z.int(),
    text: z.string().meta({ example: 'Visa •••• 4242' }),
    validity: z
      .enum(['valid', 'expiring_soon', 'expired'])
      .meta({ description: '`expiring_soon`: this month or the next is its last.' }),
    registeredAt: instantOut,
  })
  .meta({ id: 'Card' })

const failureFields = {
  code: z.enum(publicCodes).meta({ description: 'Public code, such as `card_declined`.' }),
  reason: sentence,
  advice: sentence.meta({ description: 'What to do.' }),
  staff,
}
const paymentFailure = z.object({
  ...failureFields,
  amountMinor: minorOut,
  card: z.object({ brand: z.string(), last4: z.string() }).nullable(),
  at: instantOut,
  automatic: sentence.meta({ description: 'What happens by itself, and when.' }),
})

export const registrationOut = z
  .object({
    registrationId: z.string(),
    status: z.enum(['pending', 'registered', 'failed']).meta({
      description: '`pending`: the payer’s browser or bank is not done, or the gateway cannot be read now: ask again.',
    }),
    hold: z
      .object({
        amountMinor: minorOut,
        currency: currencyOut,
        status: z.enum(['none', 'placed', 'released']),
        placedAt: instantOut.nullable(),
        releasedAt: instantOut.nullable(),
      })
      .meta({ description: 'The small hold that proves the card. It is released at once and never captured.' }),
    failure: z.object(failureFields).nullable(),
  })
  .meta({ id: 'Registration' })

const plan = z.object({ invoiceId: z.string(), month, amountMinor: minorOut })
const heldBack = { reason: z.enum(recordedSkips), sentence, until }

/** An invoice that Activate may not try. */
export const refusalOut = plan.extend(heldBack)

export const plannedOut = {
  sumMinor: minorOut,
  invoices: z.array(plan),
  waitingMinor: minorOut.meta({
    description: 'At work with the old card: charged to the new one only should that charge fail.',
  }),
  waitingInvoices: z.array(plan),
}

export const actionOut = z.object({
  action: z.enum(['register_card', 'activate']),
  labelKey: z.enum(['new_payment_method', 'update_credit_card', 'switch_to_credit_card', 'activate']),
  label: z.string().meta({ description: 'What the button reads.', example: 'Update Credit Card' }),
  allowed: z.boolean(),
  refused: z
    .object({ reason: z.string(), sentence, until })
    .nullable()
    .meta({ description: 'Why not, said in place of the button.' }),
})

const outstandingInvoice = z.object({
  invoiceId: z.string(),
  month,
  firstMonth: month.meta({ description: 'Earlier than `month` when small months were carried over.' }),
  totalMinor: minorOut,
  dueMinor: minorOut,
  failure: paymentFailure.nullable(),
  nextAutomaticAttempt: z.object({
    at: instantOut.nullable().meta({ description: 'Null: none, until somebody does something.' }),
    heldBackBy: z.object(heldBack).nullable(),
    sentence,
  }),
  latestSkip: z
    .object({ on: z.string(), ...heldBack })
    .nullable()
    .meta({ description: 'The latest day without its automatic attempt.' }),
  chargeId: z.string().nullable().meta({ description: 'The charge at work for it.' }),
})

const attempt = z.object({
  chargeId: z.string(),
  invoiceId: z.string().nullable(),
  orderId: z.string().nullable(),
  trigger: z.string(),
  amountMinor: minorOut,
  status: z.enum(['in_progress', 'needs_customer']).meta({
    description: '`needs_customer`: the bank asks the payer; see `…/charges/{chargeId}/question`.',
  }),
  startedAt: instantOut,
})

const banner = paymentFailure.extend({
  kind: z.enum(['payment_failed', 'order_failed']),
  coverage: z.string(),
  currency: currencyOut,
  invoiceId: z.string().nullable(),
  orderId: z.string().nullable(),
})

export const paymentSettingsOut = z
  .object({
    accountId,
    coverage: z.string(),
    currency: currencyOut,
    timeZone: z.string(),
    method,
    card: cardOut.nullable(),
    trial: z.object({ endsOn: z.string() }).nullable(),
    creditMinor: minorOut,
    registration: registrationOut.nullable().meta({ description: 'The latest one, with the story of its hold.' }),
    standing: z
      .object({
        status: standing,
        overdueSince: instantOut.nullable(),
        suspendsOn: z
          .string()
          .nullable()
          .meta({ description: 'The day of suspension if nothing is paid and nobody acts; null: it does not come.' }),
        suspendedAt: instantOut.nullable(),
      })
      .meta({ description: 'In full under `/accounts/{accountId}/standing`.' }),
    banners: z.array(banner).meta({ description: 'What failed last among the invoices, and each order that failed.' }),
    outstanding: z.object({ sumMinor: minorOut, invoices: z.array(outstandingInvoice) }),
    activation: z
      .object({ sumMinor: minorOut, invoices: z.array(plan), refusals: z.array(refusalOut) })
      .meta({ description: 'What Activate would charge now, oldest month first, and what it may not.' }),
    registering: z.object(plannedOut).meta({ description: 'What registering a card would charge now.' }),
    attempts: z.array(attempt).meta({ description: 'Charges at work.' }),
    waiting: z
      .array(
        plan.extend({
          trigger: z.enum(['activate', 'card_registered', 'staff']),
          requestedAt: instantOut,
          waitsForChargeId: z.string().nullable(),
        }),
      )
      .meta({ description: 'Attempts that were asked for and have not begun.' }),
    allowedActions: z.array(actionOut),
  })
  .meta({ id: 'PaymentSettings' })
