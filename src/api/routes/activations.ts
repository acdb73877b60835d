/** Activate, and the 3-D Secure questions that banks may ask a payer who is present (B10). */
import { z } from 'zod'
import { bucketOfAccount } from '../../domain/bucket.ts'
import { type Activated, activate } from '../../operations/activate.ts'
import { continueCharge, customerQuestion } from '../../operations/continue-charge.ts'
import { rulesOf, type System } from '../../operations/system.ts'
import { readChargeView } from '../../postgres/payment-settings-read.ts'
import { Problem } from '../errors.ts'
import { refusalOut } from '../payment-settings-schema.ts'
import { refusalView } from '../payment-settings-view.ts'
import { refuseAttempt } from '../refuse-attempt.ts'
import { route } from '../route.ts'
import { accountId, currencyOut, minorOut, ofCoverage, ourId, wireMinor } from '../wire.ts'

const ofCharge = z.object({ accountId, chargeId: ourId })

export const activationRoutes = [
  route({
    operation: 'activate',
    method: 'POST',
    path: '/accounts/:accountId/coverages/:coverage/activations',
    tag: 'Payment settings',
    summary: 'Activate: try all outstanding invoices now',
    description:
      'Oldest month first, with the registered card. Answers at once: poll the payment settings for what becomes of each attempt. Moves no daily schedule and does not count as a reminder; 5 presses an hour. What a code or a network’s count forbids is refused with the reason and, where there is one, the date (`until`); a second click before the first is taken up asks for nothing new.',
    params: ofCoverage,
    answer: {
      status: 202,
      description: 'The attempts are asked for.',
      schema: z.object({
        requested: z.int().meta({ description: 'Invoices that are tried.' }),
        sumMinor: minorOut,
        currency: currencyOut,
        refusals: z.array(refusalOut).meta({ description: 'Outstanding invoices that may not be tried, and why.' }),
      }),
    },
    problems: [
      'root_only',
      'not_found',
      'account_unknown',
      'account_closed',
      'nothing_outstanding',
      'activated_too_often',
      'method_missing',
      'method_not_card',
      'charge_unsettled',
      'payment_disputed',
      'code_forbids_retry',
      'network_count_reached',
    ],
    handle: async ({ system, params, language, now }) => {
      if (!system.coverages.has(params.coverage)) throw new Problem('not_found')
      const activated = await activate(system, params, now)
      if ('refused' in activated) throw refusalOf(system, activated, params.coverage)
      return {
        requested: activated.requested,
        sumMinor: wireMinor(activated.sumMinor),
        currency: activated.currency,
        refusals: activated.refusals.map((refusal) =>
          refusalView(refusal, rulesOf(system, params.coverage).timeZone, language),
        ),
      }
    },
  }),
  route({
    operation: 'readChargeQuestion',
    method: 'GET',
    path: '/accounts/:accountId/charges/:chargeId/question',
    tag: 'Payment settings',
    summary: 'What 3-D Secure needs',
    description:
      'For a charge that `needs_customer`, of an invoice or an order: hand the secret to `handleNextAction` in the payer’s browser, then continue the charge.',
    params: ofCharge,
    answer: {
      status: 200,
      description: 'For the gateway’s script in the payer’s browser, and nowhere else.',
      schema: z.object({
        clientSecret: z.string(),
        publishableKey: z.string(),
        gateway: z.enum(['stripe', 'simulator']),
        scriptUrl: z.string(),
      }),
    },
    problems: ['root_only', 'not_found', 'nothing_asked', 'gateway_unavailable'],
    secret: true,
    handle: async ({ system, params }) => {
      const { coverage } = await readOwn(system, params)
      const question = await customerQuestion(system, params.chargeId)
      if ('refused' in question) throw new Problem(question.refused)
      return { clientSecret: question.clientSecret, ...system.cardFields(coverage) }
    },
  }),
  route({
    operation: 'continueCharge',
    method: 'POST',
    path: '/accounts/:accountId/charges/:chargeId/continue',
    tag: 'Payment settings',
    summary: 'Go on with a charge after 3-D Secure',
    description: 'The same charge is read from the gateway at once and goes on. Too early, it changes nothing.',
    params: ofCharge,
    answer: {
      status: 202,
      description: 'It is looked at; poll the payment settings or the order.',
      schema: z.object({ chargeId: z.string() }),
    },
    problems: ['root_only', 'not_found', 'nothing_asked'],
    handle: async ({ system, params, now }) => {
      const { status } = await readOwn(system, params)
      if (status !== 'needs_customer') throw new Problem('nothing_asked')
      await continueCharge(system, params.chargeId, now)
      return { chargeId: params.chargeId }
    },
  }),
]

function refusalOf(system: System, activated: Extract<Activated, { refused: unknown }>, coverage: string): Problem {
  if (!('untilWall' in activated)) {
    if (activated.refused === 'account_unknown') return new Problem(activated.refused)
    return refuseAttempt(system, activated, coverage)
  }
  const { untilWall } = activated
  const { facts } = refuseAttempt(system, { refused: 'activated_too_often', until: untilWall }, coverage)
  const retryAfterSeconds = Math.ceil((untilWall - system.wallNow()) / 1000)
  return new Problem('activated_too_often', { facts, retryAfterSeconds })
}

/** A charge of another account is as if it were not there. */
async function readOwn(system: System, params: z.output<typeof ofCharge>) {
  const key = { bucket: bucketOfAccount(params.accountId), accountId: params.accountId }
  const charge = await readChargeView(system.db, key, params.chargeId)
  if (!charge) throw new Problem('not_found')
  return charge
}
