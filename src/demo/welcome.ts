/** What `start` says once everything runs: where it is, who to be, and what to try. */
import type { Instant } from '../domain/calendar.ts'
import { formatMoment } from '../texts/format.ts'
import { failedAccount } from './people.ts'
import { emailOf, samUserName, sandboxPassword, staffMembers } from './residents.ts'
import type { Show } from './show.ts'

export interface Welcome {
  /** Without a slash at its end. */
  readonly address: string
  readonly platformKey: string
  /** Business time. */
  readonly now: Instant
  /** Invariants that do not hold; none, or something is wrong with us. */
  readonly broken: readonly string[]
}

const labelWidth = 16

export function sayWelcome(show: Show, { address, platformKey, now, broken }: Welcome): void {
  const { paint } = show
  const row = (label: string, value: string, more = '') =>
    show.line(`  ${paint.faint(label.padEnd(labelWidth))}${value}${more ? `  ${paint.faint(more)}` : ''}`)
  const password = sandboxPassword
  show.line(paint.strong('It runs'))
  row('try it here', paint.accent(`${address}/`), 'sign in, register a card, press Activate; the bar moves time')
  row('the bare API', paint.accent(`${address}/sandbox/`))
  row('API reference', paint.accent(`${address}/api/reference/`))
  row('caught mail', paint.accent(`${address}/sandbox/mail/`))
  row('guides', 'docs/guides/', `export KESSAI=${address} PLATFORM_KEY=…`)
  row('business time', formatMoment(now, 'UTC', 'en'), 'runs on; moved on the page')
  show.line()
  show.line(paint.strong('Sign-ins'))
  row('root', `${emailOf(failedAccount)} / ${password}`, 'whose card was declined')
  row('SAM', `${failedAccount} / ${samUserName} / ${password}`)
  for (const { role, email } of staffMembers) row(role, `${email} / ${password}`)
  row('platform', platformKey, 'API key')
  show.line()
  show.line(paint.strong('Three calls to try'))
  const settings = `${address}/api/accounts/${failedAccount}/coverages/g/payment-settings`
  for (const call of [
    `TOKEN=$(curl -s ${address}/api/sign-in -H 'content-type: application/json' \\\n    -d '{"email":"${emailOf(failedAccount)}","password":"${password}"}' | sed 's/.*"token":"\\([^"]*\\).*/\\1/')`,
    `curl -s -H "authorization: Bearer $TOKEN" ${settings}`,
    `curl -s -X POST -H "authorization: Bearer $TOKEN" ${settings.replace('payment-settings', 'activations')}`,
  ])
    show.line(`  ${call}`)
  show.line()
  if (broken.length > 0) show.line(paint.alert(`invariants that do not hold: ${broken.join(', ')}`))
  show.line(paint.faint('the month’s collection to watch: bin/kessai demo · stop: Ctrl-C'))
}
