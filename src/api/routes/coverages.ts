/** What this installation collects for: what a page needs to know before it shows a sum. */
import { z } from 'zod'
import { exponentOf } from '../../domain/money.ts'
import { coverageName } from '../../texts/coverages.ts'
import { route } from '../route.ts'
import { currencyOut } from '../wire.ts'

const coverageOut = z
  .object({
    coverage: z.string(),
    name: z.string().meta({ description: 'In the language of `Accept-Language`.', example: 'Global' }),
    currency: currencyOut,
    currencyDigits: z.int().meta({ description: 'Minor units are that many places behind the point.', example: 2 }),
    timeZone: z.string().meta({ description: 'Days and months are its days and months.', example: 'UTC' }),
    brands: z.array(z.string()).meta({ description: 'Cards that can be registered.' }),
  })
  .meta({ id: 'Coverage' })

export const coverageRoutes = [
  route({
    operation: 'listCoverages',
    method: 'GET',
    path: '/coverages',
    tag: 'System',
    summary: 'The coverage types, and where help is to be had',
    answer: {
      status: 200,
      description: 'All of them, in the order they are configured.',
      schema: z.object({
        items: z.array(coverageOut),
        supportUrl: z.string().nullable().meta({ description: 'Where a payer asks for help; null: not configured.' }),
        sandbox: z.boolean().meta({ description: 'Nothing here is real: time can be moved, and cards play roles.' }),
      }),
    },
    handle: async ({ system, settings, language }) => ({
      items: [...system.coverages.values()].map(({ coverage, currency, timeZone, brands }) => ({
        coverage,
        name: coverageName(coverage, language),
        currency,
        currencyDigits: exponentOf(currency),
        timeZone,
        brands: [...brands],
      })),
      supportUrl: settings.supportUrl ?? null,
      sandbox: settings.sandbox,
    }),
  }),
]
