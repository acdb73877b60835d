/** Who lives in a simulated platform, by seed: markets, accounts, their cards, what their issuers are like. */
import { bucketOfAccount } from '../../src/domain/bucket.ts'
import type { CoverageRules } from '../../src/domain/coverage.ts'
import { readSettings } from '../../src/settings.ts'
import { goodCardNumber } from '../../src/simulator/cards.ts'
import type { IssuerRule } from '../../src/simulator/issuer.ts'
import { type Chance, pickOne } from './chance.ts'

/** Year ends, a leap February and both changes of the clock lie within the first three months of one of them. */
const starts = ['2027-01-28', '2027-11-20', '2028-01-19', '2027-03-10', '2027-09-29', '2028-02-25', '2027-05-31']
export const startOf = (seed: number): string => `${starts[seed % starts.length]}T00:00:00Z`

/** The two default markets and, by seed, a third that the product does not ship with. */
export function marketsOf(seed: number): ReadonlyMap<string, CoverageRules> {
  const { coverages } = readSettings({}, '.')
  const [g] = coverages.values()
  if (!g) throw new Error('there is a default coverage')
  const third: readonly (Partial<CoverageRules> & { readonly coverage: string })[] = [
    {
      coverage: 'eu',
      currency: 'EUR',
      timeZone: 'Europe/Berlin',
      closesAt: '02:30',
      retryAt: '02:15',
      ...dunningAt('07:30'),
    },
    { coverage: 'us', currency: 'USD', timeZone: 'America/New_York', verificationMinor: 0n },
    {
      coverage: 'kw',
      currency: 'KWD',
      timeZone: 'Asia/Kuwait',
      verificationMinor: 250n,
      rounding: { net: 'half_even', tax: 'down' },
    },
  ]
  const own = [...third, null][seed % 4]
  return own ? new Map([...coverages, [own.coverage, { ...g, ...own }]]) : coverages
}

const dunningAt = (at: string) => ({
  dunning: { remindAfterDays: [2, 5, 9], suspendAfterDays: 16, noticeDays: 7, at },
})

export interface Person {
  readonly accountId: string
  readonly coverages: readonly string[]
  /** What an old customer has from the first day on; `later`: comes in mid-run and registers. */
  readonly begins: 'card' | 'nothing' | 'trial' | 'later'
  readonly card: { readonly number: string; readonly expMonth: number; readonly expYear: number; readonly cvc: string }
  /** What the issuer of that card does over the months; instants are business time. */
  readonly issuer: readonly IssuerRule[]
  /** Fees of a month lie between nothing and this, in US dollars. */
  readonly spendsMost: number
  /** How likely this payer does something about an unpaid invoice on a day. */
  readonly cares: number
}

/** `from` is when the story begins. Most live in a few buckets, so that much is done at once; some live alone. */
export function people(count: number, markets: readonly string[], chance: Chance, from: number): Person[] {
  const crowded = Array.from({ length: Math.max(1, Math.round(count / 500)) }, () => Math.floor(chance() * 64))
  const numbers: number[] = []
  for (let number = 1 + Math.floor(chance() * 1e6); numbers.length < count; number++) {
    if (crowded.includes(bucketOfAccount(idOf(number))) || chance() < 0.0004) numbers.push(number)
  }
  return numbers.map((number, index): Person => {
    const brand = pickOne(chance, ['visa', 'visa', 'visa', 'mastercard', 'mastercard', 'amex'] as const)
    const first = pickOne(chance, markets)
    const month = chance()
    // One in ten runs out on the way, after the latest of all beginnings.
    const runsOut = chance() < 0.1
    return {
      accountId: idOf(number),
      coverages: chance() < 0.2 ? [...new Set([first, pickOne(chance, markets)])] : [first],
      begins: pickOne(chance, [...Array<'card'>(22).fill('card'), 'nothing', 'trial', 'later']),
      card: {
        number: goodCardNumber(index + 1, brand),
        expMonth: runsOut ? 3 + Math.floor(month * 10) : 1 + Math.floor(month * 12),
        expYear: runsOut ? 2028 : 2034,
        cvc: brand === 'amex' ? '1234' : '123',
      },
      issuer: temper(chance, from),
      spendsMost: pickOne(chance, [0.4, 5, 20, 20, 100, 100, 2000]),
      cares: pickOne(chance, [0, 0.05, 0.15, 0.3]),
    }
  })
}

const idOf = (number: number): string => `OP${String(number).padStart(10, '0')}`

const dayMs = 86_400_000

/** Most issuers are content; the others decline in every way there is, for a while or for good. */
function temper(chance: Chance, from: number): IssuerRule[] {
  const since = from + Math.floor(chance() * 90 * dayMs)
  const until = since + Math.floor((2 + chance() * 20) * dayMs)
  if (chance() < 0.75) return []
  return pickOne<IssuerRule[]>(chance, [
    [{ kind: 'decline_rate', rate: 0.3, mix }],
    [{ kind: 'decline_rate', rate: 0.8, mix }],
    [{ kind: 'decline', declineCode: 'insufficient_funds', from: since, until }],
    [{ kind: 'decline', declineCode: 'insufficient_funds', from: since }],
    [{ kind: 'decline', declineCode: 'lost_card', from: since }],
    [{ kind: 'decline', declineCode: 'stolen_card', from: since, until }],
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
  { declineCode: 'try_again_later', weight: 2 },
  { declineCode: 'card_velocity_exceeded', weight: 1 },
  { declineCode: 'incorrect_cvc', weight: 1 },
  { declineCode: 'fraudulent', weight: 0.3 },
]
