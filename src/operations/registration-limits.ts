/**
 * Registering must not be a way to find out which stolen cards are good (F53): an account, a card and an address may be
 * declined only so often within an hour. Wall time: it guards us, and moves no money.
 */
import { hourMs } from '../domain/calendar.ts'
import { type Limit, notBefore } from '../domain/limit.ts'
import { networkOf } from '../domain/network.ts'
import { readCounts } from '../postgres/rate-limits.ts'
import { countAgainst } from './count-against.ts'
import type { System } from './system.ts'

export const registrationLimits = {
  account: { max: 5, withinMs: hourMs },
  card: { max: 5, withinMs: hourMs },
  address: { max: 10, withinMs: hourMs },
} as const satisfies Record<string, Limit>
type Limited = keyof typeof registrationLimits

const keyOf = (what: Limited, name: string): string => `registration ${what} ${name}`

/** How long whoever asks has to wait before the next registration; null when they need not. */
export function waitBeforeRegistering(
  system: System,
  by: { readonly accountId: string; readonly address: string },
): Promise<number | null> {
  return waitFor(system, [
    ['account', by.accountId],
    ['address', networkOf(by.address)],
  ])
}

export const triedTooOften = async (system: System, fingerprint: string): Promise<boolean> =>
  (await waitFor(system, [['card', fingerprint]])) !== null

/** Each by itself: one that is used up does not keep the others from being counted. */
export async function countDeclined(
  system: System,
  of: { readonly accountId: string; readonly network: string | null; readonly fingerprint: string | null },
): Promise<void> {
  const named: readonly (readonly [Limited, string | null])[] = [
    ['account', of.accountId],
    ['address', of.network],
    ['card', of.fingerprint],
  ]
  for (const [what, name] of named) {
    if (name !== null) await countAgainst(system, { [keyOf(what, name)]: registrationLimits[what] })
  }
}

async function waitFor(system: System, names: readonly (readonly [Limited, string])[]): Promise<number | null> {
  const wall = system.wallNow()
  const keys = names.map(([what, name]) => keyOf(what, name))
  const counts = await readCounts(system.db, keys)
  const untils = names.map(([what], index) =>
    notBefore(counts.get(keys[index] ?? '') ?? [], registrationLimits[what], wall),
  )
  const until = Math.max(...untils.map((moment) => moment ?? wall))
  return until > wall ? until - wall : null
}
