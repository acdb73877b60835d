/** A platform's accounts in, one JSON object to a line: streamed, each line judged for itself, repeatable. */
import { isAccountId } from '../domain/bucket.ts'
import type { Instant } from '../domain/calendar.ts'
import { type AccountError, accountErrorTexts } from '../texts/account-errors.ts'
import { type Language, say } from '../texts/language.ts'
import { type AccountToAdd, addAccounts } from './add-accounts.ts'
import type { System } from './system.ts'

export interface AccountImport {
  readonly read: number
  /** Accounts that are there now, new or known before. */
  readonly imported: number
  readonly refused: number
}

export interface RefusedAccount {
  readonly line: number
  readonly code: AccountError
  /** What would be right. */
  readonly message: string
}

export interface AccountImportOptions {
  readonly language: Language
  readonly onRefused: (refused: RefusedAccount) => void
  readonly onProgress: (soFar: AccountImport) => void
}

const batchSize = 1000

/** Imports every good line of `lines`; blank ones are passed over. The same file again changes nothing. */
export async function importAccounts(
  system: System,
  lines: AsyncIterable<string>,
  options: AccountImportOptions,
  now: Instant,
): Promise<AccountImport> {
  let soFar: AccountImport = { read: 0, imported: 0, refused: 0 }
  let batch = new Map<string, AccountToAdd>()
  const write = async () => {
    await addAccounts(system, [...batch.values()], now)
    soFar = { ...soFar, imported: soFar.imported + batch.size }
    batch = new Map()
    options.onProgress(soFar)
  }
  const refuse = (line: number, { code, found }: Refusal) => {
    soFar = { ...soFar, refused: soFar.refused + 1 }
    const coverages = [...system.coverages.keys()].join(', ')
    options.onRefused({ line, code, message: say(accountErrorTexts[code], options.language, { found, coverages }) })
  }
  let number = 0
  for await (const text of lines) {
    number += 1
    if (text.trim() === '') continue
    soFar = { ...soFar, read: soFar.read + 1 }
    const read = readAccountLine(text, system)
    if ('code' in read) {
      refuse(number, read)
      continue
    }
    const same = batch.get(read.accountId)
    if (same && (same.kind !== read.kind || same.email !== read.email)) {
      refuse(number, { code: 'repeated_otherwise', found: read.accountId })
      continue
    }
    batch.set(
      read.accountId,
      same ? { ...same, coverages: [...new Set([...same.coverages, ...read.coverages])] } : read,
    )
    if (batch.size >= batchSize) await write()
  }
  if (batch.size > 0) await write()
  return soFar
}

interface Refusal {
  readonly code: AccountError
  readonly found: string
}

const fields = new Set(['accountId', 'kind', 'email', 'coverages'])

function readAccountLine(text: string, { coverages: known }: System): AccountToAdd | Refusal {
  const raw = parsed(text.replace(/^\uFEFF/, ''))
  if (raw === null) return { code: 'not_json', found: shortened(text) }
  const { accountId, kind, email, coverages } = raw
  if (typeof accountId !== 'string' || !isAccountId(accountId)) return wrong('account_malformed', accountId)
  if (kind !== 'individual' && kind !== 'business') return wrong('kind_unknown', kind)
  if (typeof email !== 'string' || !/^[!-?A-~]{1,64}@[!-?A-~]{1,190}$/.test(email))
    return wrong('email_malformed', email)
  if (!Array.isArray(coverages) || coverages.length === 0) return wrong('coverages_malformed', coverages)
  const codes = coverages.filter((code): code is string => typeof code === 'string' && known.has(code))
  if (codes.length < coverages.length) return wrong('coverages_malformed', coverages)
  const unknown = Object.keys(raw).find((name) => !fields.has(name))
  return unknown === undefined ? { accountId, kind, email, coverages: codes } : wrong('field_unknown', unknown)
}

const wrong = (code: AccountError, found: unknown): Refusal => ({
  code,
  found: found === undefined ? 'missing' : shortened(JSON.stringify(found)),
})

function parsed(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text)
    // An object that is no list: its fields may be read, whatever they are.
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}

const shortened = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text)
