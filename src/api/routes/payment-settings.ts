/** What an account pays with, what failed and why, and what can be done about it: the payer's main resource. */
import { z } from 'zod'
import { readPaymentSettings } from '../../operations/read-payment-settings.ts'
import { Problem } from '../errors.ts'
import { cardOut, method, paymentSettingsOut } from '../payment-settings-schema.ts'
import { bannersOf, cardView, paymentSettingsView, sumOf } from '../payment-settings-view.ts'
import { route } from '../route.ts'
import { currencyOut, minorOut, ofAccount, ofCoverage, wireMinor } from '../wire.ts'

const summary = z.object({
  coverage: z.string(),
  currency: currencyOut,
  method,
  card: cardOut.nullable(),
  outstandingMinor: minorOut,
  hasProblem: z.boolean().meta({ description: 'Something failed here: its own page says what, and what helps.' }),
  problemCode: z.string().nullable().meta({ description: 'Public code of what failed last.' }),
})

export const paymentSettingsRoutes = [
  route({
    operation: 'listPaymentSettings',
    method: 'GET',
    path: '/accounts/:accountId/payment-settings',
    tag: 'Payment settings',
    summary: 'Every coverage, with a mark where something failed',
    params: ofAccount,
    answer: { status: 200, description: 'One entry per coverage.', schema: z.object({ items: z.array(summary) }) },
    problems: ['root_only', 'not_found'],
    handle: async ({ system, params, caller, language, now }) => {
      const of = { accountId: params.accountId, coverage: null, callerIsRoot: caller.kind === 'root' }
      const views = await readPaymentSettings(system, of, now)
      if (views.length === 0) throw new Problem('not_found')
      const items = views.map((view) => {
        const [banner] = bannersOf(view, { caller, language, now })
        return {
          coverage: view.settings.coverage,
          currency: view.rules.currency,
          method: view.settings.method,
          card: cardView(view, { caller, language, now }),
          outstandingMinor: wireMinor(sumOf(view.outstanding)),
          hasProblem: banner !== undefined,
          problemCode: banner?.code ?? null,
        }
      })
      return { items }
    },
  }),
  route({
    operation: 'readPaymentSettings',
    method: 'GET',
    path: '/accounts/:accountId/coverages/:coverage/payment-settings',
    tag: 'Payment settings',
    summary: 'Method, card, error, outstanding invoices, and what can be done',
    description:
      'Cheap to poll with `If-None-Match`: after Activate or a registration it tells what became of each attempt. `allowedActions` decides what a page offers; amounts named under `activation` and `registering` are what these acts would charge now.',
    params: ofCoverage,
    answer: { status: 200, description: 'The payment settings of this coverage.', schema: paymentSettingsOut },
    problems: ['root_only', 'not_found'],
    handle: async ({ system, params, caller, language, now }) => {
      const callerIsRoot = caller.kind === 'root'
      const [view] = await readPaymentSettings(system, { ...params, callerIsRoot }, now)
      if (!view) throw new Problem('not_found')
      return paymentSettingsView(params.accountId, view, { caller, language, now })
    },
  }),
]
