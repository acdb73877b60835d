/** From a message and the facts of this moment to the e-mail that is sent, or to the reason why none is any more. */
import { type Instant, instant, type Month, parseMonth } from '../../domain/calendar.ts'
import { readDecline } from '../../domain/decline.ts'
import { untrueOncePaid } from '../../domain/message.ts'
import type { Mail } from '../../ports/mailer.ts'
import type { MailRow } from '../../postgres/mail-facts.ts'
import type { Language } from '../../texts/language.ts'
import { letterFor } from '../../texts/mail/letter.ts'
import type { MailFacts, Owed } from '../../texts/mail/mail-facts.ts'
import { open } from '../identity/seal.ts'
import { rulesOf, type System } from '../system.ts'
import { linkIn } from './queue-message.ts'

/** Why a message is not worth sending any more. */
export type Dropped = 'no_address' | 'run_out' | 'account_closed' | 'paid_meanwhile' | 'method_meanwhile' | 'link_gone'

type MailSystem = Pick<System, 'coverages' | 'publicUrl' | 'secret'>

export function mailFor(system: MailSystem, row: MailRow): { readonly mail: Mail } | { readonly dropped: Dropped } {
  const dropped = reasonToDrop(row)
  if (dropped !== null) return { dropped }
  if (row.address === null) return { dropped: 'no_address' }
  const link = linkFor(system, row)
  if (link === null) return { dropped: 'link_gone' }
  const language = languageFor(system, row)
  const letter = letterFor(row.kind, factsFor(system, row, link), language)
  const host = new URL(system.publicUrl).hostname.replaceAll(/[^\w.-]/g, '-')
  return {
    mail: {
      ...letter,
      to: row.address,
      language,
      messageId: `<${row.messageId}@${host}>`,
      headers: { 'X-Kessai-Kind': row.kind, 'X-Kessai-Message': row.messageId },
    },
  }
}

function reasonToDrop({ kind, isOver, accountClosed, invoice, outstanding, card, method }: MailRow): Dropped | null {
  if (isOver) return 'run_out'
  if (accountClosed && (untrueOncePaid.has(kind) || kind === 'card_expiring' || kind === 'trial_ended'))
    return 'account_closed'
  if (kind === 'payment_failed' && invoice?.status !== 'outstanding') return 'paid_meanwhile'
  if (untrueOncePaid.has(kind) && outstanding.length === 0) return 'paid_meanwhile'
  if (kind === 'card_expiring' && card?.replaced !== false) return 'method_meanwhile'
  if (kind === 'trial_ended' && method !== 'none') return 'method_meanwhile'
  return null
}

/** The one page that helps. What opens an account stands behind `#`, which browsers send to no server. */
function linkFor(system: MailSystem, row: MailRow): string | null {
  if (row.kind !== 'password_reset' && row.kind !== 'invitation')
    return `${system.publicUrl}/payment-settings/${encodeURIComponent(row.coverage ?? '')}`
  if (row.sealed === null) return null
  const token = Buffer.from(open(system, row.sealed, linkIn(row.messageId))).toString('utf8')
  return `${system.publicUrl}/set-password#${encodeURIComponent(token)}`
}

/** The reader's own; else that of the market the message is about, or of the only one they use. */
function languageFor(system: MailSystem, { language, coverage, coverages }: MailRow): Language {
  if (language !== null) return language
  const markets = coverage === null ? coverages : [coverage]
  return markets.length > 0 && markets.every((market) => rulesOf(system, market).currency === 'JPY') ? 'ja' : 'en'
}

function factsFor(system: MailSystem, row: MailRow, link: string): MailFacts {
  const { coverage, charge, invoice, card, kind, details } = row
  const rules = coverage === null ? null : rulesOf(system, coverage)
  const outstanding = row.outstanding.map(owedOf)
  const decline = charge?.decline ? readDecline(charge.decline, card?.brand ?? '') : null
  const amountMinor =
    kind === 'payment_failed'
      ? BigInt(charge?.amountMinor ?? 0)
      : kind === 'payment_received'
        ? BigInt(charge?.capturedMinor ?? 0)
        : outstanding.reduce((total, { dueMinor }) => total + dueMinor, 0n)
  return {
    accountId: row.accountId,
    coverage,
    zone: rules?.timeZone ?? 'UTC',
    currency: rules?.currency ?? 'USD',
    amountMinor,
    holdMinor: kind === 'method_changed' ? BigInt(charge?.amountMinor ?? 0) : 0n,
    months: invoice && { first: invoice.firstMonth, last: invoice.month },
    card: card && { brand: card.brand, last4: card.last4, expMonth: expiryOf(card) },
    at: instantIn(charge?.settledAt) ?? row.happenedAt,
    reason: decline?.reason ?? 'unexplained',
    advice: decline?.advice ?? 'contact_issuer',
    retry: decline?.retry.kind ?? 'daily',
    nextAttemptAt: instantIn(invoice?.nextAttemptAt),
    outstanding,
    suspendsOn: row.suspendsOn,
    // As `queueLink` writes them.
    goodForMinutes: Math.round(((details as { goodForMs?: number }).goodForMs ?? 0) / 60_000),
    link,
  }
}

const owedOf = ({ firstMonth, month, dueMinor }: MailRow['outstanding'][number]): Owed => ({
  months: { first: firstMonth, last: month },
  dueMinor: BigInt(dueMinor),
})

function expiryOf({ expYear, expMonth }: { expYear: number; expMonth: number }): Month {
  const month = parseMonth(`${expYear}-${String(expMonth).padStart(2, '0')}`)
  if (month === null) throw new Error(`a card that expires in ${expMonth}/${expYear}`)
  return month
}

/** As PostgreSQL writes a time into JSON. */
const instantIn = (text: string | null | undefined): Instant | null => (text ? instant(Date.parse(text)) : null)
