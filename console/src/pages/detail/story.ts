/**
 * What happened to an invoice, day by day, newest first: made of its charges and skipped days. Equal days in a row fold into
 * one entry, as nobody reads the same line nineteen times.
 */
import type { Invoice } from '../../api/queries.ts'

type Charge = Invoice['charges'][number]

export interface Entry {
  readonly kind: 'automatic' | 'person' | 'card' | 'skipped' | 'planned' | 'fact' | 'unknown'
  readonly what:
    | 'next'
    | 'automatic'
    | 'activate'
    | 'card_registered'
    | 'staff'
    | 'skipped'
    | 'issued'
    | 'paid'
    | 'found'
  /** Instants, or days of the coverage for what was skipped: the newest and the oldest that fold into this. */
  readonly from: string
  readonly to: string
  readonly times: number
  readonly code: string | null
  readonly sentence: string | null
  readonly paid: boolean
}

const whats: Readonly<Record<string, Entry['what']>> = {
  run: 'automatic',
  daily_retry: 'automatic',
  activate: 'activate',
  card_registered: 'card_registered',
  staff: 'staff',
  found: 'found',
}

export function storyOf(
  invoice: Invoice,
  next: { readonly at: string | null; readonly sentence: string } | null,
): Entry[] {
  const charges = invoice.charges.filter(({ status }) => status !== 'not_executed').map(chargeEntry)
  const skips = invoice.skippedDays.map(({ day, text }) => ({
    ...plain,
    kind: 'skipped' as const,
    what: 'skipped' as const,
    from: day,
    to: day,
    sentence: text,
  }))
  const past = [...charges, ...skips].toSorted((one, other) => other.to.localeCompare(one.to))
  const planned =
    next && invoice.dueMinor > 0
      ? [{ ...plain, ...plannedEntry, from: next.at ?? '', to: next.at ?? '', sentence: next.sentence }]
      : []
  const issued = {
    ...plain,
    kind: 'fact' as const,
    what: 'issued' as const,
    from: invoice.issuedAt,
    to: invoice.issuedAt,
  }
  return [...planned, ...folded(past), issued]
}

const plain = { times: 1, code: null, sentence: null, paid: false }
const plannedEntry = { kind: 'planned', what: 'next' } as const

function chargeEntry(charge: Charge): Entry {
  const what = whats[charge.trigger] ?? 'automatic'
  const kind = what === 'automatic' ? 'automatic' : what === 'card_registered' ? 'card' : 'person'
  const paid = charge.status === 'captured'
  return {
    ...plain,
    kind: charge.settledAt === null ? 'unknown' : kind,
    what,
    from: charge.intendedAt,
    to: charge.intendedAt,
    code: paid ? null : (charge.failure?.code ?? null),
    sentence: null,
    paid,
  }
}

/** Neighbours that say the same: attempts with one code, days skipped for one reason. */
function folded(entries: readonly Entry[]): Entry[] {
  const story: Entry[] = []
  for (const entry of entries) {
    const last = story.at(-1)
    if (last && saysTheSame(last, entry)) story[story.length - 1] = { ...last, from: entry.from, times: last.times + 1 }
    else story.push(entry)
  }
  return story
}

const saysTheSame = (last: Entry, entry: Entry): boolean =>
  !entry.paid &&
  (entry.kind === 'automatic' || entry.kind === 'skipped') &&
  last.kind === entry.kind &&
  last.code === entry.code &&
  last.sentence === entry.sentence
