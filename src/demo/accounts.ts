/**
 * The demonstration's platform: who its customers are, how they mean to pay, and how much they use. Made from the seed
 * alone, so that a run that was killed finds the same platform when it is started again.
 */
import { between, chance, pick, spread } from './seeded.ts'

export interface DemoAccount {
  readonly accountId: string
  readonly kind: 'individual' | 'business'
  readonly email: string
  readonly coverages: readonly DemoCoverage[]
}

/** One account in one coverage. */
export interface DemoCoverage {
  readonly accountId: string
  readonly coverage: CoverageName
  /** Counts through all; from it come this coverage's card numbers. */
  readonly index: number
  readonly begins: Beginning
  readonly brand: Brand
  /** How the account uses the platform. */
  readonly use: Use
  /** About what a month costs, before tax, in minor units of the coverage's currency. */
  readonly usualMinor: number
}

export const coverageNames = ['g', 'jp'] as const
export type CoverageName = (typeof coverageNames)[number]
export type Brand = 'visa' | 'mastercard' | 'amex' | 'jcb'

/** How the account is to pay at the beginning; `mistyped_card` registers at the second try only. */
export type Beginning = 'card' | 'mistyped_card' | 'card_about_to_expire' | 'trial' | 'ending_trial' | 'none'
/** `tiny` stays below what a card may be charged; `credited` gets more back than it used; `idle` uses nothing. */
export type Use = 'usual' | 'tiny' | 'credited' | 'idle'

const beginnings: readonly [number, Beginning][] = [
  [85, 'card'],
  [2, 'mistyped_card'],
  [2.5, 'card_about_to_expire'],
  [3.5, 'trial'],
  [2, 'ending_trial'],
  [5, 'none'],
]
const uses: readonly [number, Use][] = [
  [91, 'usual'],
  [4, 'tiny'],
  [3, 'credited'],
  [2, 'idle'],
]
const brands: Readonly<Record<CoverageName, readonly [number, Brand][]>> = {
  g: [
    [55, 'visa'],
    [35, 'mastercard'],
    [10, 'amex'],
  ],
  jp: [
    [40, 'visa'],
    [25, 'mastercard'],
    [10, 'amex'],
    [25, 'jcb'],
  ],
}
const places: readonly [number, readonly CoverageName[]][] = [
  [38, ['g']],
  [32, ['jp']],
  [30, ['g', 'jp']],
]

export function demoAccounts(count: number, seed: string): DemoAccount[] {
  let coverageCount = 0
  return Array.from({ length: count }, (_, index) => {
    const accountId = accountIdOf(index)
    const kind = spread(index, 'kind', seed) < 0.85 ? 'individual' : 'business'
    const coverages = pick(places, spread(index, 'places', seed)).map((coverage) =>
      coverageOf(accountId, coverage, coverageCount++, seed),
    )
    return { accountId, kind, email: `root+${accountId.toLowerCase()}@example.com`, coverages }
  })
}

/** Scattered, as a platform's ids are after some years, and never the same twice. */
const accountIdOf = (index: number): string =>
  `OP${String((index * 736_878_701 + 12_004_217) % 10_000_000_000).padStart(10, '0')}`

function coverageOf(accountId: string, coverage: CoverageName, index: number, seed: string): DemoCoverage {
  const roll = (what: string) => chance(seed, what, accountId, coverage)
  return {
    accountId,
    coverage,
    index,
    begins: pick(beginnings, spread(index, 'begins', seed)),
    brand: pick(brands[coverage], roll('brand')),
    use: pick(uses, spread(index, 'use', seed)),
    usualMinor:
      coverage === 'g' ? logarithmic(300, 60_000, roll('usual')) : logarithmic(300, 60_000, roll('usual')) * 2,
  }
}

/** Most small, few large, as bills are. */
const logarithmic = (from: number, to: number, roll: number): number => Math.round(from * (to / from) ** (roll * roll))

/**
 * The payer's `generation`-th card: a number in the brand's range that nobody published a behaviour for, each its own,
 * because issuers remember cards.
 */
export function cardNumber({ index, brand }: Pick<DemoCoverage, 'index' | 'brand'>, generation: number): string {
  const [prefix, length] = cardRanges[brand]
  // A multiplier without a common factor with 10^9 keeps them apart and makes the last digits differ.
  const own = String(((index * 16 + generation) * 7919 + 4_321_007) % 1_000_000_000).padStart(9, '0')
  const body = (prefix + own).slice(0, length - 1)
  return body + luhnDigit(body)
}

const cardRanges: Readonly<Record<Brand, readonly [prefix: string, length: number]>> = {
  visa: ['424270', 16],
  mastercard: ['555570', 16],
  amex: ['37827', 15],
  jcb: ['356670', 16],
}

function luhnDigit(body: string): string {
  const sum = [...body].reverse().reduce((total, digit, place) => {
    const value = Number(digit) * (place % 2 === 0 ? 2 : 1)
    return total + (value > 9 ? value - 9 : value)
  }, 0)
  return String((10 - (sum % 10)) % 10)
}

/** A year in which no card of the demonstration's ends, but for those that are to. */
export const lastingExpiry = (of: DemoCoverage): { readonly expMonth: number; readonly expYear: number } => ({
  expMonth: between(1, 12, chance('expiry', of.accountId, of.coverage)),
  expYear: 2034,
})
