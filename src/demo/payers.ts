/**
 * The payers: they sign up, register cards in their browsers, replace them, and press Activate. What was done already,
 * by a run that was killed perhaps, is known from the rows and not done again.
 */
import { type Day, dayAt, type Instant, lastDayOf, nextMonth } from '../domain/calendar.ts'
import { addAccounts } from '../operations/add-accounts.ts'
import { grantTrial } from '../operations/trials.ts'
import { at } from '../postgres/database.ts'
import { cardNumber, type DemoAccount, type DemoCoverage, lastingExpiry } from './accounts.ts'
import type { CardFields } from './hands.ts'
import { readCards } from './reads.ts'
import { sideBySide } from './side-by-side.ts'
import type { Stage } from './stage.ts'
import { type Deed, generationBefore, generationOf, noon, onDay, type Round, rulesFor, storyOf } from './stories.ts'

const payersAtOnce = 24
const accountsAtOnce = 500

/** Makes the accounts known; those that exist stay as they are. */
export async function signUp(stage: Stage, accounts: readonly DemoAccount[], now: Instant): Promise<void> {
  for (let from = 0; from < accounts.length; from += accountsAtOnce) {
    await addAccounts(stage.system, accounts.slice(from, from + accountsAtOnce).map(asAdded), now)
  }
}

const asAdded = (account: DemoAccount) => ({ ...account, coverages: account.coverages.map((one) => one.coverage) })

/** Registers the first card of everybody who begins with one, and grants the trials of those who do not pay yet. */
export async function settleIn(
  stage: Stage,
  coverages: readonly DemoCoverage[],
  round: Round,
  onProgress: (done: number) => void,
): Promise<void> {
  const now = await stage.now()
  const begun = await readMethods(stage)
  let done = 0
  await sideBySide(coverages, payersAtOnce, async (of) => {
    stage.signal.throwIfAborted()
    if (begun.get(keyOf(of)) === 'none') await begin(stage, of, round, now)
    done += 1
    onProgress(done)
  })
}

async function begin(stage: Stage, of: DemoCoverage, round: Round, now: Instant): Promise<void> {
  switch (of.begins) {
    case 'none':
      return
    case 'trial':
    case 'ending_trial': {
      const endsOn = of.begins === 'trial' ? lastDayOf(nextMonth(round.firstMonth)) : midMonth(round)
      await grantTrial(stage.system, { ...of, endsOn, grantedBy: 'staff@example.com' }, now)
      return
    }
    case 'mistyped_card':
      // A published number whose security code is always wrong: nothing changes, and the payer tries again.
      await stage.hands.register(of, { number: '4000000000000127', ...lastingExpiry(of) })
      await registered(stage, of, 0)
      return
    case 'card_about_to_expire': {
      const [expYear, expMonth] = round.firstMonth.split('-').map(Number)
      await mustRegister(stage, of, { number: cardNumber(of, 0), expMonth: expMonth ?? 1, expYear: expYear ?? 2027 })
      return
    }
    case 'card':
      await registered(stage, of, 0)
  }
}

const midMonth = (round: Round): Day => dayAt(onDay(round.firstMonth, -11, noon), 'UTC')
const keyOf = ({ accountId, coverage }: { accountId: string; coverage: string }) => `${accountId} ${coverage}`

const registered = (stage: Stage, of: DemoCoverage, generation: number): Promise<void> =>
  mustRegister(stage, of, { number: cardNumber(of, generation), ...lastingExpiry(of) })

async function mustRegister(stage: Stage, of: DemoCoverage, card: CardFields): Promise<void> {
  const status = await stage.hands.register(of, card)
  if (status !== 'registered')
    throw new Error(`the card of ${of.accountId} in ${of.coverage} was not registered: ${status}`)
}

async function readMethods({ system }: Stage): Promise<Map<string, string>> {
  const rows = await system.db.selectFrom('payment_settings').select(['account_id', 'coverage', 'method']).execute()
  return new Map(rows.map((row) => [keyOf({ accountId: row.account_id, coverage: row.coverage }), row.method]))
}

/** Tells the issuers what they will say this month, of the cards held before it is collected. */
export async function tellIssuers(stage: Stage, coverages: readonly DemoCoverage[], round: Round): Promise<void> {
  const cards = await readCards(stage.system.db, onDay(round.month, 1, '00:00'))
  await sideBySide(coverages, payersAtOnce, async (of) => {
    const rules = rulesFor(of, round)
    const fingerprint = cards.get(keyOf(of))
    if (rules.length > 0 && fingerprint) await stage.simulator.tell({ fingerprint }, rules)
  })
}

export interface DeedsDone {
  readonly registered: number
  readonly activated: number
}

/** What payers do at noon of a day; business time stands there. */
export async function doDeeds(
  stage: Stage,
  coverages: readonly DemoCoverage[],
  round: Round,
  day: number,
): Promise<DeedsDone> {
  const planned = coverages.flatMap((of) =>
    storyOf(of, round)
      .deeds.filter((deed) => deed.day === day)
      .map((deed) => ({ of, does: deed.does })),
  )
  const done = await readDone(stage, onDay(round.month, day, noon))
  const wanted = planned.filter(({ of, does }) => !done.has(`${keyOf(of)} ${does === 'activates'}`))
  await sideBySide(wanted, payersAtOnce, ({ of, does }) => doDeed(stage, of, does, round))
  const activated = planned.filter(({ does }) => does === 'activates').length
  return { registered: planned.length - activated, activated }
}

async function doDeed(stage: Stage, of: DemoCoverage, does: Deed['does'], round: Round): Promise<void> {
  switch (does) {
    case 'activates':
      await stage.hands.activate(of)
      return
    case 'registers_another_card':
      return registered(stage, of, generationOf(round))
    case 'registers_the_same_card':
      return registered(stage, of, generationBefore(of, round))
    case 'registers_a_first_card':
      return registered(stage, of, 0)
  }
}

/** Who registered a card or pressed Activate since `from`: the account, the coverage, and whether it was Activate. */
async function readDone({ system }: Stage, from: Instant): Promise<Set<string>> {
  const rows = await system.db
    .selectFrom('events')
    .select(['account_id', 'coverage', 'kind'])
    .where('kind', 'in', ['card_registered', 'activated'])
    .where('happened_at', '>=', at(from))
    .execute()
  return new Set(
    rows.map(
      (row) => `${keyOf({ accountId: row.account_id, coverage: row.coverage ?? '' })} ${row.kind === 'activated'}`,
    ),
  )
}
