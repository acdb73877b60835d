/** How values cross the API's border: the one file in which money, instants and ids become JSON and come back. */
import { z } from 'zod'
import { isAccountId } from '../domain/bucket.ts'
import { type Day, type Instant, parseDay, parseInstant } from '../domain/calendar.ts'

/** Minor units as a JSON integer. What JSON cannot carry exactly is refused, never rounded. */
export function wireMinor(amountMinor: bigint): number {
  if (amountMinor > BigInt(Number.MAX_SAFE_INTEGER) || amountMinor < BigInt(Number.MIN_SAFE_INTEGER)) {
    throw new RangeError(`${amountMinor} minor units are more than JSON carries exactly`)
  }
  return Number(amountMinor)
}

export const wireInstant = (at: Instant): string => new Date(at).toISOString()
export const wireInstantOrNull = (at: Instant | null): string | null => (at === null ? null : wireInstant(at))

/** In answers. */
export const minorOut = z.int().meta({ description: 'Minor units of `currency`: cents, yen.', example: 31195 })
export const instantOut = z.iso.datetime().meta({ description: 'UTC, RFC 3339.', example: '2027-02-01T06:00:00.000Z' })
export const currencyOut = z.string().meta({ description: 'ISO 4217.', example: 'USD' })

/** In requests: minor units, more than zero. */
export const positiveMinorIn = z
  .int()
  .min(1)
  .transform((amount) => BigInt(amount))
  .meta({ description: 'Minor units of the coverage’s currency, 1 or more.', example: 1234 })

/** Instants that somebody can mean; beyond them neither the calendar nor the database follows. */
const earliest = Date.parse('1900-01-01T00:00:00Z')
const latest = Date.parse('3000-01-01T00:00:00Z')
const isMeant = (at: number): boolean => at >= earliest && at < latest

export const instantIn = z.iso.datetime({ offset: true }).transform((text, context): Instant => {
  const at = Date.parse(text)
  if (isMeant(at)) return parseInstant(new Date(at).toISOString())
  context.addIssue({ code: 'custom', message: 'an instant such as 2027-02-01T06:00:00Z, in the years 1900 to 2999' })
  return z.NEVER
})

/** An instant inside a cursor: never for people. */
export const epochMs = z
  .int()
  .refine(isMeant)
  .transform((at) => at as Instant) // whole milliseconds are all that an instant is

export const dayIn = z.iso
  .date()
  .transform((text, context): Day => {
    const read = parseDay(text)
    if (read !== null) return read
    context.addIssue({ code: 'custom', message: 'a day is written YYYY-MM-DD, in the years 1900 to 2999' })
    return z.NEVER
  })
  .meta({ description: 'A day of the coverage’s zone.', example: '2027-03-31' })

export const accountId = z
  .string()
  .max(12)
  .refine(isAccountId, 'an account id is OP and ten digits')
  .meta({ description: 'An account: `OP` and ten digits.', example: 'OP0000000001' })

/** An id we made; its shape is checked so that none that we did not make reaches a query. */
export const ourId = z
  .string()
  .regex(
    /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    'an id as this API answers them, such as 0198b1e0-7a3c-7c11-8a2f-3b9d0e5f6a71',
  )
  .meta({ example: '0198b1e0-7a3c-7c11-8a2f-3b9d0e5f6a71' })

export const coverage = z
  .string()
  .max(16)
  .regex(/^[a-z][a-z0-9_]*$/, 'a coverage code such as g or jp')
  .meta({ description: 'A coverage type, as configured: `g` Global, `jp` Japan.', example: 'g' })

export const month = z
  .string()
  .regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'a month is written YYYY-MM')
  .meta({ example: '2027-01' })

export const ofAccount = z.object({ accountId })
export const ofCoverage = z.object({ accountId, coverage })

/** Query of a list: `cursor` is what the page before answered as `next`. */
export const page = {
  limit: z.coerce.number().int().min(1).max(100).default(20).meta({ description: 'Rows a page, 1 to 100.' }),
  cursor: z.string().max(200).optional().meta({ description: '`next` of the page before.' }),
}
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), next: z.string().nullable().meta({ description: 'Null on the last page.' }) })
