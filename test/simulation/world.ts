/** Who lives in a simulated platform: accounts, their cards, what their issuers are like, and what they use. */

import { goodCardNumber } from '../../src/simulator/cards.ts'
import type { IssuerRule } from '../../src/simulator/issuer.ts'
import { accountNumber } from './names.ts'

/** 0 ≤ x < 1. */
export type Chance = () => number

export interface Person {
  readonly accountId: string
  readonly coverages: readonly ('g' | 'jp')[]
  readonly begins: 'card' | 'nothing' | 'trial'
  readonly card: { readonly number: string; readonly expMonth: number; readonly expYear: number; readonly cvc: string }
  /** What the issuer of that card does over the months; instants are business time. */
  readonly issuer: readonly IssuerRule[]
  /** Fees of a month lie between nothing and this, in major units of USD; yen are a hundred times as many. */
  readonly spendsMost: number
  /** How likely this payer does something about an unpaid invoice on a day. */
  readonly cares: number
}

/** `from` is when the story begins. */
export function people(count: number, chance: Chance, from: number): Person[] {
  return Array.from({ length: count }, (_, index): Person => {
    const brand = pickOne(chance, ['visa', 'visa', 'visa', 'mastercard', 'mastercard', 'amex'] as const)
    return {
      accountId: accountNumber(index + 1),
      coverages: pickOne(chance, [['g'], ['g'], ['g', 'jp'], ['jp']] as const),
      begins: pickOne(chance, ['card', 'card', 'card', 'card', 'card', 'card', 'card', 'card', 'nothing', 'trial']),
      card: {
        number: goodCardNumber(index + 1, brand),
        expMonth: 1 + Math.floor(chance() * 12),
        // One in ten runs out on the way.
        expYear: chance() < 0.1 ? 2027 : 2032,
        cvc: brand === 'amex' ? '1234' : '123',
      },
      issuer: temper(chance, from),
      spendsMost: pickOne(chance, [0.4, 5, 20, 20, 100, 100, 2000]),
      cares: pickOne(chance, [0, 0.05, 0.2]),
    }
  })
}

export const pickOne = <T>(chance: Chance, choices: readonly T[]): T => {
  const picked = choices[Math.floor(chance() * choices.length)]
  if (picked === undefined) throw new RangeError('nothing to pick from')
  return picked
}

const dayMs = 86_400_000

/** Most issuers are content; the others decline in every way there is, for a while or for good. */
function temper(chance: Chance, from: number): IssuerRule[] {
  const since = from + Math.floor(chance() * 100 * dayMs)
  const until = since + Math.floor((2 + chance() * 25) * dayMs)
  return pickOne<IssuerRule[]>(chance, [
    [],
    [],
    [],
    [],
    [{ kind: 'decline_rate', rate: 0.4, mix }],
    [{ kind: 'decline_rate', rate: 0.8, mix }],
    [{ kind: 'decline', declineCode: 'insufficient_funds', from: since, until }],
    [{ kind: 'decline', declineCode: 'insufficient_funds', from: since }],
    [{ kind: 'decline', declineCode: 'lost_card', from: since }],
    [{ kind: 'decline', declineCode: 'expired_card', from: since }],
    [{ kind: 'decline', declineCode: 'do_not_try_again', from: since, until }],
    [{ kind: 'authentication_required', from: since }],
    [{ kind: 'limit', per: 'month', amountMinor: 1500n, currency: 'USD' }],
  ])
}

const mix = [
  { declineCode: 'insufficient_funds', weight: 6 },
  { declineCode: 'generic_decline', weight: 4 },
  { declineCode: 'processing_error', weight: 2 },
  { declineCode: 'issuer_not_available', weight: 2 },
  { declineCode: 'card_velocity_exceeded', weight: 1 },
  { declineCode: 'incorrect_cvc', weight: 1 },
  { declineCode: 'fraudulent', weight: 0.3 },
]
