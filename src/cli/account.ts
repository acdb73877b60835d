/** `account show` and `invoice show`: the story of one customer, or of one invoice, from the rows. */
import { readAccountId, readInvoiceId } from '../operations/read-words.ts'
import { sayMoney } from '../operations/say-words.ts'
import { type Story, tellAccount, tellInvoice } from '../operations/tell-account.ts'
import { exitCodes } from './exit-codes.ts'
import { withSystem } from './opened.ts'
import { iso, printJson, printLine, shown } from './output.ts'
import { CommandError, type Wire } from './wire.ts'
import { wrapped } from './wrap.ts'

export interface StoryOptions {
  readonly language: 'en' | 'ja'
  readonly json?: boolean
}

export async function accountShowCommand(wire: Wire, id: string, options: StoryOptions): Promise<void> {
  await withSystem(wire, async ({ system }) => {
    const story = await tellAccount(system, readAccountId(id), options.language)
    if (!story) throw new CommandError(`there is no account ${id}`, exitCodes.notFound)
    print(story, options)
  })
}

export async function invoiceShowCommand(wire: Wire, id: string, options: StoryOptions): Promise<void> {
  await withSystem(wire, async ({ system }) => {
    const story = await tellInvoice(system, readInvoiceId(id), options.language)
    if (!story) throw new CommandError(`there is no invoice ${id}`, exitCodes.notFound)
    print(story, options)
  })
}

function print(story: Story, options: StoryOptions): void {
  if (options.json) {
    printJson(inJson(story))
    return
  }
  const { account, settings, invoices } = story
  const closed = account.closedAt === null ? '' : `, closed ${shown(account.closedAt)}`
  printLine(`${account.accountId}  ${account.kind}, since ${shown(account.createdAt)}${closed}`)
  if (account.email !== null) printLine(`root user: ${account.email}`)
  for (const row of settings) printLine(`  ${settingsLine(row)}`)
  for (const { invoiceId, month, coverage, failureDeclineCode, nextAttemptAt } of invoices) {
    const failure = failureDeclineCode === null ? '' : `  ${failureDeclineCode}`
    const next = nextAttemptAt === null ? '' : `, next attempt ${shown(nextAttemptAt)}`
    printLine(`  invoice ${invoiceId}  ${coverage} ${month}${failure}${next}`)
  }
  let day = ''
  for (const { at, what, coverage, text } of story.lines) {
    const [date = '', time = ''] = shown(at).split(' ')
    if (date !== day) printLine(`\n${date}`)
    day = date
    printLine(wrapped(`${time}  ${(what === 'act' ? 'event' : what).padEnd(7)} ${(coverage ?? '').padEnd(3)} `, text))
  }
  if (story.lines.length === 0) printLine('\nnothing has happened yet')
}

function settingsLine(row: Story['settings'][number]): string {
  const expires = `${String(row.expMonth).padStart(2, '0')}/${row.expYear}`
  const method = {
    none: 'no payment method',
    trial: `trial until ${row.trialEndsOn}`,
    card: `card ${row.brand} ${row.last4}, good until ${expires}${row.mark === null ? '' : `, ${row.markCode}`}`,
    bank_transfer: 'bank transfer',
  }[row.method]
  const credit = row.creditMinor > 0n ? `, credit ${sayMoney(row.creditMinor, row.currency)}` : ''
  const through = row.closedThrough === null ? '' : `, closed through ${row.closedThrough}`
  const carried = row.carriedFrom === null ? '' : `, carried over from ${row.carriedFrom}`
  return `${row.coverage.padEnd(3)} ${row.currency}  ${method}${credit}${through}${carried}`
}

/** Every instant, whatever its name, as ISO 8601. */
const inJson = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(inJson)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, isTime(name, part) ? iso(part) : inJson(part)]),
  )
}

const isTime = (name: string, value: unknown): value is number =>
  typeof value === 'number' && /(^at|At|until|Since)$/.test(name)
