/** Where an account stands, on the wire. Who arranged something, and why, is for staff. */
import { z } from 'zod'
import { allBuckets } from '../domain/bucket.ts'
import type { Instant } from '../domain/calendar.ts'
import { clockOf, overdueSum, standings, suspendsOn } from '../domain/standing.ts'
import type { StandingForecast } from '../operations/preview-standing.ts'
import { rulesOf, type System } from '../operations/system.ts'
import type { ChangedStanding, ReadUpTo, StandingView } from '../postgres/standing-reads.ts'
import { Problem } from './errors.ts'
import { currencyOut, instantOut, minorOut, wireInstant, wireInstantOrNull, wireMinor } from './wire.ts'

export const status = z
  // The table's own keys, of which there are several.
  .enum(Object.keys(standings) as [keyof typeof standings])
  .meta({
    description: Object.entries(standings)
      .map(([name, says]) => `\`${name}\`: ${says}`)
      .join(' '),
  })
const dayOut = z.string().meta({ description: 'A day of the coverage’s zone.', example: '2027-03-03' })
const arrangement = {
  by: z.string().nullable().meta({ description: 'Who arranged it. Staff see it.' }),
  note: z.string().nullable().meta({ description: 'Staff see it.' }),
}

export const standingOut = z.object({
  coverage: z.string(),
  status,
  currency: currencyOut,
  dueMinor: minorOut.meta({ description: 'What is still due of the overdue invoices, in minor units of `currency`.' }),
  overdueSince: instantOut
    .nullable()
    .meta({ description: 'When collecting the oldest of them first failed by itself.' }),
  invoices: z.array(
    z.object({ invoiceId: z.string(), month: z.string(), dueMinor: minorOut, overdueSince: instantOut }),
  ),
  reminded: z.object({ on: dayOut, afterDays: z.int() }).nullable().meta({ description: 'The latest reminder.' }),
  suspendsOn: dayOut
    .nullable()
    .meta({ description: 'The day of suspension if nothing is paid and nobody acts; null when that does not come.' }),
  suspendedAt: instantOut.nullable(),
  restoredAt: instantOut.nullable(),
  exemption: z
    .object({
      until: dayOut.nullable().meta({ description: 'Its last day; null: until staff end it.' }),
      ...arrangement,
    })
    .nullable(),
  postponement: z
    .object({ until: dayOut.meta({ description: 'Not suspended before this day.' }), ...arrangement })
    .nullable(),
})

/** `fully` also says who arranged what, and why. */
export function standingView(system: System, row: StandingView, fully: boolean, now: Instant) {
  const rules = rulesOf(system, row.coverage)
  const overdueSince = clockOf(row.overdue)
  const told = { by: fully ? row.exemptBy : null, note: fully ? row.exemptNote : null }
  const agreed = { by: fully ? row.postponedBy : null, note: fully ? row.postponedNote : null }
  return {
    coverage: row.coverage,
    status: row.status,
    currency: rules.currency,
    dueMinor: wireMinor(overdueSum(row.overdue)),
    overdueSince: wireInstantOrNull(overdueSince),
    invoices: row.overdue.map(({ invoiceId, month, dueMinor, overdueSince }) => ({
      invoiceId,
      month,
      dueMinor: wireMinor(dueMinor),
      overdueSince: wireInstant(overdueSince),
    })),
    reminded:
      row.remindedOn === null || row.remindedAfterDays === null
        ? null
        : { on: row.remindedOn, afterDays: row.remindedAfterDays },
    suspendsOn: suspensionOf(system, row, now),
    suspendedAt: wireInstantOrNull(row.suspendedAt),
    restoredAt: wireInstantOrNull(row.restoredAt),
    exemption:
      row.exemptUntil === null ? null : { until: row.exemptUntil === 'always' ? null : row.exemptUntil, ...told },
    postponement: row.postponedUntil === null ? null : { until: row.postponedUntil, ...agreed },
  }
}

/** Null also for what is suspended already. */
export function suspensionOf(system: System, row: StandingView, now: Instant) {
  const overdueSince = clockOf(row.overdue)
  if (overdueSince === null || row.status === 'suspended') return null
  return suspendsOn({ ...row, overdueSince }, rulesOf(system, row.coverage), now)
}

export const changeOut = z.object({
  accountId: z.string(),
  coverage: z.string(),
  status,
  overdueSince: instantOut.nullable(),
  suspendedAt: instantOut.nullable(),
  changedAt: instantOut,
})

export const changeView = (row: ChangedStanding) => ({
  accountId: row.accountId,
  coverage: row.coverage,
  status: row.status,
  overdueSince: wireInstantOrNull(row.overdueSince),
  suspendedAt: wireInstantOrNull(row.suspendedAt),
  changedAt: wireInstant(row.changedAt),
})

export const foretoldOut = z.object({
  on: dayOut,
  what: z.enum(['reminder', 'suspension', 'restoration']),
  afterDays: z.int().nullable().meta({ description: 'Of a reminder: its step.' }),
  accountId: z.string(),
  coverage: z.string(),
  currency: currencyOut,
  dueMinor: minorOut,
})

const words = { reminded: 'reminder', suspended: 'suspension', restored: 'restoration' } as const

export const foretoldView = ({ accountId, coverage, currency, dueMinor, events }: StandingForecast) =>
  events.map((event) => ({
    on: event.on,
    what: words[event.kind],
    afterDays: event.kind === 'reminded' ? event.afterDays : null,
    accountId,
    coverage,
    currency,
    dueMinor: wireMinor(dueMinor),
  }))

/** How far somebody has read, as an opaque word: short, as most buckets have seen little. */
export const pollWord = (read: ReadUpTo): string =>
  read.map((version) => (version === 0n ? '' : version.toString(36))).join('.')

export function readPollWord(text: string): ReadUpTo {
  const parts = text.split('.')
  if (parts.length === allBuckets.length && parts.every((part) => /^[0-9a-z]{0,11}$/.test(part))) {
    return parts.map((part) => BigInt(Number.parseInt(part || '0', 36)))
  }
  throw new Problem('invalid_request', {
    errors: [{ field: 'query.since', message: '`next` of an answer before, unchanged' }],
  })
}
