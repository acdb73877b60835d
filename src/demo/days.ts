/** A day of collection in at most four lines of 80 columns. */
import { type Day, dayAt, type Instant } from '../domain/calendar.ts'
import { formatMoney } from '../texts/format.ts'
import type { DeedsDone } from './payers.ts'
import type { DaySums } from './reads.ts'
import { bar, barWidth, labelWidth, type Show, wrapped } from './show.ts'

export interface DayToSay {
  readonly on: Day
  /** The day of the close, whose attempts are the run's and no retries. */
  readonly isFirst: boolean
  readonly sums: DaySums
  readonly deeds: DeedsDone
}

export function sayDay(show: Show, { on, isFirst, sums, deeds }: DayToSay): void {
  const { paint } = show
  const { paid, open, tried, collected, skipped } = sums
  const owing = open > 0 ? paint.alert(`${open} open`) : paint.good('all paid')
  show.line(
    `${shortDay(on).padEnd(labelWidth)}${paint.good(bar(paid, paid + open, barWidth))}  ${paid} paid · ${owing}`,
  )
  const money = collected.map(({ currency, sumMinor }) => formatMoney(sumMinor, currency, 'en')).join(' + ')
  const count = collected.reduce((sum, { invoices }) => sum + invoices, 0)
  const did = [
    `${tried} ${isFirst ? 'charged' : 'retried'}`,
    count > 0 ? `${count} collected, ${money}` : 'none collected',
    deeds.registered > 0 ? `${deeds.registered} new ${deeds.registered === 1 ? 'card' : 'cards'}` : '',
    deeds.activated > 0 ? `${deeds.activated} × Activate` : '',
  ]
  const notTried = skipped.reduce((sum, { invoices }) => sum + invoices, 0)
  const why = skipped.map(({ reason, invoices }) => `${invoices} ${shortReasons[reason] ?? reason}`)
  const say = (parts: readonly string[], between: string) =>
    show.line(`${indent}${paint.faint(wrapped(unbroken(parts).join(between), 80 - labelWidth, indent))}`)
  say(
    did.filter((part) => part !== ''),
    ' · ',
  )
  if (notTried > 0) say([`${notTried} not tried: ${why[0]}`, ...why.slice(1)], ', ')
}

const indent = ' '.repeat(labelWidth)

/** Lines break between parts, never inside one. */
const unbroken = (parts: readonly string[]): string[] => parts.map((part) => part.replaceAll(' ', '\u00a0'))

/** `2 Feb       09:01`, under the days. */
export const sayMoment = (now: Instant): string =>
  `${shortDay(dayAt(now, 'UTC')).padEnd(labelWidth)}${new Date(now).toISOString().slice(11, 16)}`

/** `2 Feb`. */
export const shortDay = (day: Day): string =>
  new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(Date.parse(day))

const shortReasons: Readonly<Record<string, string>> = {
  method_missing: 'without a card',
  method_not_card: 'not paying by card',
  code_forbids_retry: 'barred by the issuer',
  customer_needed: 'need their payer',
  card_expired: 'expired',
  prescribed_delay: 'told to wait',
  network_count_reached: 'tried too often',
  charge_unsettled: 'unanswered',
  payment_disputed: 'disputed',
  account_closed: 'closed',
  run_paused: 'paused',
}
