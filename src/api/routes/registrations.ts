/** Registering a card: begun here, filled in at the gateway's own fields in the payer's browser, finished here (B3-B6). */
import { z } from 'zod'
import { bucketOfAccount } from '../../domain/bucket.ts'
import { tellRegistration } from '../../operations/read-payment-settings.ts'
import { beginRegistration, finishRegistration } from '../../operations/register-card.ts'
import { waitBeforeRegistering } from '../../operations/registration-limits.ts'
import { rulesOf, type System } from '../../operations/system.ts'
import { readRegistrationView } from '../../postgres/payment-settings-read.ts'
import { Problem } from '../errors.ts'
import { plannedOut, registrationOut } from '../payment-settings-schema.ts'
import { planViews } from '../payment-settings-view.ts'
import { registrationView } from '../registration-view.ts'
import { route } from '../route.ts'
import { currencyOut, minorOut, ofCoverage, ourId, wireMinor } from '../wire.ts'

const ofRegistration = ofCoverage.extend({ registrationId: ourId })
const begun = z.object({
  registrationId: z.string(),
  clientSecret: z.string().meta({ description: 'For the gateway’s fields in the payer’s browser, and nowhere else.' }),
  publishableKey: z.string(),
  gateway: z.enum(['stripe', 'simulator']),
  scriptUrl: z.string().meta({ description: 'The gateway’s own script, with the calls of Stripe.js.' }),
  holdMinor: minorOut.meta({ description: 'The hold that proves the card; 0: checked without one.' }),
  currency: currencyOut,
  willCharge: z
    .object(plannedOut)
    .meta({ description: 'What registering attempts at once: to be told before the payer submits.' }),
})

export const registrationRoutes = [
  route({
    operation: 'beginRegistration',
    method: 'POST',
    path: '/accounts/:accountId/coverages/:coverage/registrations',
    tag: 'Payment settings',
    summary: 'Begin to register a card',
    description:
      'One registration is open at a time: a second click is answered with the same. Nothing changes until it is finished; abandoned, it is given up after an hour. Confirm it in the browser with `confirmCardPayment` (`confirmCardSetup` where `holdMinor` is 0).',
    params: ofCoverage,
    answer: { status: 201, description: 'The registration is open.', schema: begun },
    problems: [
      'root_only',
      'not_found',
      'account_unknown',
      'account_closed',
      'gateway_unavailable',
      'registered_too_often',
    ],
    secret: true,
    handle: async ({ system, params, address, now }) => {
      refuseUnknown(system, params.coverage)
      const waitMs = await waitBeforeRegistering(system, { accountId: params.accountId, address })
      if (waitMs !== null) throw new Problem('registered_too_often', { retryAfterSeconds: Math.ceil(waitMs / 1000) })
      const registration = await beginRegistration(system, params, now, address)
      if ('refused' in registration) throw new Problem(registration.refused)
      const { registrationId, clientSecret, holdMinor } = registration
      return {
        registrationId,
        clientSecret,
        ...system.cardFields(params.coverage),
        holdMinor: wireMinor(holdMinor),
        currency: rulesOf(system, params.coverage).currency,
        willCharge: planViews(await tellRegistration(system, params, now)),
      }
    },
  }),
  route({
    operation: 'finishRegistration',
    method: 'POST',
    path: '/accounts/:accountId/coverages/:coverage/registrations/:registrationId/finish',
    tag: 'Payment settings',
    summary: 'Finish a registration',
    description:
      'Reads from the gateway what became of it. `registered`: the card has replaced whatever was there, its hold is being released, and every outstanding invoice is attempted. `failed`: nothing changed; begin a new registration. `pending`: ask again, as a request of its own (another `Idempotency-Key`, or none). Asking more often changes nothing.',
    params: ofRegistration,
    answer: { status: 200, description: 'How it stands.', schema: registrationOut },
    problems: ['root_only', 'not_found'],
    handle: async ({ system, params, caller, language, now }) => {
      await readOwn(system, params)
      await finishRegistration(system, params.registrationId, now)
      const { currency } = rulesOf(system, params.coverage)
      return registrationView(await readOwn(system, params), currency, { caller, language })
    },
  }),
  route({
    operation: 'readRegistration',
    method: 'GET',
    path: '/accounts/:accountId/coverages/:coverage/registrations/:registrationId',
    tag: 'Payment settings',
    summary: 'A registration and its hold',
    params: ofRegistration,
    answer: { status: 200, description: 'How it stands; the gateway is not asked.', schema: registrationOut },
    problems: ['root_only', 'not_found'],
    handle: async ({ system, params, caller, language }) => {
      const registration = await readOwn(system, params)
      return registrationView(registration, rulesOf(system, params.coverage).currency, { caller, language })
    },
  }),
]

/** Of another account or coverage, it is as if it were not there. */
async function readOwn(system: System, params: z.output<typeof ofRegistration>) {
  refuseUnknown(system, params.coverage)
  const key = { ...params, bucket: bucketOfAccount(params.accountId) }
  const registration = await readRegistrationView(system.db, key, params.registrationId)
  if (!registration) throw new Problem('not_found')
  return registration
}

function refuseUnknown(system: System, coverage: string): void {
  if (!system.coverages.has(coverage)) throw new Problem('not_found')
}
