/**
 * What happens to each account's card while a month is collected: what its issuer says, until when, and what its payer
 * does about it. Every rule carries its times, so that telling an issuer twice changes nothing, and a deed names its
 * day, so that what was done already is found by its date.
 */
import { addDays, firstDayOf, type Instant, instantOn, type Month, nextMonth } from '../domain/calendar.ts'
import type { RemoteSimulator } from '../simulator/remote.ts'
import type { DemoCoverage } from './accounts.ts'
import { between, chance, pick, spread } from './seeded.ts'

export type IssuerRule = Parameters<RemoteSimulator['tell']>[1][number]

/** What a payer does at noon of a day. */
export interface Deed {
  /** 1 is the first of the month in which the fees are collected. */
  readonly day: number
  readonly does: 'activates' | 'registers_another_card' | 'registers_the_same_card' | 'registers_a_first_card'
}

export interface Story {
  readonly rules: readonly IssuerRule[]
  readonly deeds: readonly Deed[]
}

/** A month under collection and for how many days after its first. */
export interface Round {
  readonly seed: string
  readonly firstMonth: Month
  readonly month: Month
  readonly days: number
}

/** `time` on the `day`-th of the month in which `month` is collected, by both coverages' clocks. */
export const onDay = (month: Month, day: number, time: string): Instant =>
  instantOn(addDays(firstDayOf(nextMonth(month)), day - 1), time, 'UTC')

export const noon = '12:00'

const plots = {
  pays: () => ({ rules: [], deeds: [] }),
  /** Enough money on some morning: the retry of that day succeeds and nobody had to do anything. */
  short_of_funds: ({ until, cureDay }) => ({ rules: [until('insufficient_funds', cureDay, '03:00')], deeds: [] }),
  fills_up_and_activates: ({ until, cureDay }) => ({
    rules: [until('insufficient_funds', cureDay, '11:00')],
    deeds: [{ day: cureDay, does: 'activates' }],
  }),
  activates_in_vain: ({ until, afterAll }) => ({
    rules: [until('insufficient_funds', afterAll, '00:00')],
    deeds: [
      { day: 2, does: 'activates' },
      { day: 3, does: 'activates' },
    ],
  }),
  moody_issuer: ({ from, at, afterAll }) => ({
    rules: [
      {
        kind: 'decline_rate',
        rate: 0.65,
        mix: [{ declineCode: 'do_not_honor', weight: 1 }],
        from,
        until: at(afterAll, '00:00'),
      },
    ],
    deeds: [],
  }),
  over_the_limit: ({ from, at, cureDay, coverage }) => ({
    rules: [
      {
        kind: 'limit',
        per: 'month',
        amountMinor: 50n,
        currency: coverage === 'jp' ? 'JPY' : 'USD',
        from,
        until: at(cureDay, '08:00'),
      },
    ],
    deeds: [],
  }),
  unexplained: ({ ever, cureDay, roll }) => ({ rules: [ever('generic_decline')], deeds: another(roll < 0.4, cureDay) }),
  lost: ({ ever, cureDay, roll }) => ({ rules: [ever('lost_card')], deeds: another(roll < 0.5, cureDay) }),
  stolen: ({ ever, cureDay, roll }) => ({ rules: [ever('stolen_card')], deeds: another(roll < 0.5, cureDay) }),
  forbidden: ({ ever, cureDay, roll }) => ({ rules: [ever('do_not_try_again')], deeds: another(roll < 0.5, cureDay) }),
  said_to_be_expired: ({ ever, cureDay, roll }) => ({
    rules: [ever('expired_card')],
    deeds: another(roll < 0.6, cureDay),
  }),
  /** The issuer wants its customer, who registers the same card again and passes 3-D Secure. */
  wants_its_customer: ({ from, at, cureDay }) => ({
    rules: [{ kind: 'authentication_required', from, until: at(cureDay, '11:00') }],
    deeds: [{ day: cureDay, does: 'registers_the_same_card' }],
  }),
  later: ({ until }) => ({ rules: [until('try_again_later', 2, '23:00')], deeds: [] }),
  unreachable: ({ until }) => ({ rules: [until('issuer_not_available', 2, '00:00')], deeds: [] }),
} satisfies Record<string, (facts: PlotFacts) => Story>

interface PlotFacts {
  readonly coverage: string
  readonly from: number
  /** A day of the round, or the one after its last: then nobody is cured while we watch. */
  readonly cureDay: number
  readonly afterAll: number
  readonly roll: number
  at(day: number, time: string): number
  ever(declineCode: string): IssuerRule
  until(declineCode: string, day: number, time: string): IssuerRule
}

const another = (does: boolean, day: number): Deed[] => (does ? [{ day, does: 'registers_another_card' }] : [])

const shares: readonly [number, keyof typeof plots][] = [
  [112, 'pays'],
  [4, 'short_of_funds'],
  [2, 'fills_up_and_activates'],
  [1, 'activates_in_vain'],
  [3, 'moody_issuer'],
  [2, 'over_the_limit'],
  [1.5, 'unexplained'],
  [1.5, 'lost'],
  [1, 'stolen'],
  [1, 'forbidden'],
  [1, 'said_to_be_expired'],
  [2, 'wants_its_customer'],
  [1.5, 'later'],
  [1, 'unreachable'],
]

/** Deeds of days beyond the round's last are not done; the round ends first. */
export function storyOf(of: DemoCoverage, round: Round): Story {
  const { seed, month, days } = round
  const roll = chance(seed, 'story', month, of.accountId, of.coverage)
  const afterAll = days + 2
  const cureDay = between(2, afterAll, chance(seed, 'cure', month, of.accountId, of.coverage))
  if (month === round.firstMonth) {
    if (of.begins === 'trial') return plots.pays()
    if (of.begins === 'none' || of.begins === 'ending_trial') {
      return { rules: [], deeds: roll < 0.6 ? [{ day: cureDay, does: 'registers_a_first_card' }] : [] }
    }
    if (of.begins === 'card_about_to_expire') return { rules: [], deeds: another(roll < 0.6, cureDay) }
  }
  const at = (day: number, time: string) => onDay(month, day, time)
  const from = at(1, '00:00')
  const plot: (facts: PlotFacts) => Story = plots[pick(shares, spread(of.index, 'plot', seed, month))]
  return plot({
    coverage: of.coverage,
    from,
    cureDay,
    afterAll,
    roll,
    at,
    ever: (declineCode) => ({ kind: 'decline', declineCode, from }),
    until: (declineCode, day, time) => ({ kind: 'decline', declineCode, from, until: at(day, time) }),
  })
}

/** All that the issuer of the card held before this round has been told: earlier months' too, unless the card is new. */
export function rulesFor(of: DemoCoverage, round: Round): IssuerRule[] {
  let rules: IssuerRule[] = []
  for (const each of roundsUntil(round)) {
    const story = storyOf(of, each)
    rules.push(...story.rules)
    if (each.month < round.month && replacesCard(story, each)) rules = []
  }
  return rules
}

/** Which of the payer's cards is in use when the round begins: 0 is the first. */
export function generationBefore(of: DemoCoverage, round: Round): number {
  const rounds = roundsUntil(round)
  const last = rounds.findLastIndex((each) => each.month < round.month && replacesCard(storyOf(of, each), each))
  return last + 1
}

/** The generation of the card that replaces another in this round. */
export const generationOf = (round: Round): number => roundsUntil(round).length

const replacesCard = ({ deeds }: Story, { days }: Round): boolean =>
  deeds.some(({ does, day }) => does === 'registers_another_card' && day <= days + 1)

function roundsUntil(round: Round): Round[] {
  const rounds: Round[] = []
  for (let month = round.firstMonth; month <= round.month; month = nextMonth(month)) rounds.push({ ...round, month })
  return rounds
}
