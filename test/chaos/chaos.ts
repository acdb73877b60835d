/**
 * Processes for real: three workers and two servers over one PostgreSQL and one card network, each a `bin/kessai` of its
 * own, collect months while they are killed, their sockets cut, the database stopped and the gateway in trouble. When the
 * time is over it becomes calm, and then both books agree to the cent, every request under a key took effect exactly once
 * or not at all, and nothing is left open.
 */
import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { type DemoAccount, type DemoCoverage, demoAccounts } from '../../src/demo/accounts.ts'
import { moveTo, untilIdle } from '../../src/demo/idle.ts'
import { playMonth, roundEnds, type Scene } from '../../src/demo/month.ts'
import { ownEnvironment } from '../../src/demo/own-environment.ts'
import { signUp } from '../../src/demo/payers.ts'
import { chance } from '../../src/demo/seeded.ts'
import { type Show, silentShow } from '../../src/demo/show.ts'
import { sideBySide } from '../../src/demo/side-by-side.ts'
import { onStage, type Stage } from '../../src/demo/stage.ts'
import type { Round } from '../../src/demo/stories.ts'
import { dayMs, type Month, nextMonth, parseInstant, plusMs } from '../../src/domain/calendar.ts'
import { createKey } from '../../src/operations/identity/api-keys.ts'
import { operator } from '../../src/operations/identity/audit.ts'
import { openSession } from '../../src/operations/identity/open-session.ts'
import { tellAccount } from '../../src/operations/tell-account.ts'
import { readRootLogin } from '../../src/postgres/logins.ts'
import { isPassing } from '../../src/postgres/passing.ts'
import { readSettings } from '../../src/settings.ts'
import { wire } from '../../src/wiring.ts'
import { type Asker, asker } from './asking.ts'
import { type ClaimWatch, watchClaims } from './claims.ts'
import { type Callers, handsOverHttp } from './hands.ts'
import { type Happening, happen, type Mishaps } from './mishaps.ts'
import { goShopping } from './shopping.ts'
import { accountIn, judge, type Verdict } from './verdict.ts'

export interface ChaosOptions {
  readonly accounts: number
  readonly seed: string
  /** For how long things go wrong. */
  readonly minutes: number
  /** Of retries, in each month. */
  readonly days: number
  /** The longest rest between two mishaps; 4 s when left out. */
  readonly restMs?: number
}

export interface ChaosResult extends Verdict, Mishaps {
  readonly seed: string
  readonly months: number
  readonly requests: number
  readonly keyedRequests: number
  readonly connectionsBroken: number
  readonly serverErrors: number
  /** Seconds for which a claim was seen with a worker after its death, at most. */
  readonly longestTakeOverSeconds: number
  readonly claimsTakenOver: number
  readonly seconds: number
  /** Of the account that the first wrong thing names. */
  readonly story: readonly string[]
}

const firstMonth = '2027-01' as Month // a month of its own time
const beginsAt = parseInstant('2027-01-01T09:00:00Z')
/** What a dead worker had claimed is somebody else's by then (design section 5). */
const takenOverWithinMs = 30_000

export async function chaos(options: ChaosOptions, folder: string, show: Show): Promise<ChaosResult> {
  const begunMs = performance.now()
  const { seed } = options
  const environment = {
    ...ownEnvironment(folder, { gatewayTimeoutMs: 5_000 }),
    KESSAI_LISTEN: '127.0.0.1:0',
    KESSAI_TRUST_PROXY_HOPS: '1',
  }
  const own = wire(readSettings(environment, folder))
  let ended = 0
  // Some are missed by nobody but the other workers; the rest have a parent that sees them go.
  const buries = () => chance(seed, 'buried', ended++) < 0.6
  const setting = {
    wire: own,
    seed,
    beginsAt,
    firstMonth,
    environment,
    servers: 2,
    workers: 3,
    buries,
    restartAfterMs: 400,
  }
  return onStage(setting, async (onIt) => {
    const asks = asker(onIt.servers, onIt.signal)
    const accounts = demoAccounts(options.accounts, seed)
    const callers = await callersOf(onIt, accounts)
    const stage: Stage = { ...onIt, hands: handsOverHttp(onIt, asks, callers) }
    const claims = watchClaims(stage.system.db)
    const played = await play(stage, { options, accounts, callers, asks, claims, show, folder })
    await claims.stop()
    const verdict = await judge(stage, asks)
    const longestMs = claims.longestMs()
    const late =
      longestMs > takenOverWithinMs ? [`a claim stayed with the dead for ${Math.round(longestMs / 1000)} s`] : []
    const wrong = [...verdict.wrong, ...late]
    const { requests, broken, faults } = asks.sent()
    return {
      seed,
      ...played,
      ...verdict,
      wrong,
      requests,
      keyedRequests: asks.pressed.length,
      connectionsBroken: broken,
      serverErrors: faults,
      longestTakeOverSeconds: Math.round(longestMs / 100) / 10,
      claimsTakenOver: claims.left(),
      seconds: Math.round((performance.now() - begunMs) / 100) / 10,
      story: await storyOf(stage, wrong.map(accountIn).find((account) => account !== null) ?? null),
    }
  })
}

interface Playing {
  readonly options: ChaosOptions
  readonly accounts: readonly DemoAccount[]
  readonly callers: Callers
  readonly asks: Asker
  readonly claims: ClaimWatch
  readonly show: Show
  readonly folder: string
}

/** Month after month while things go wrong; the one that is being played then is played to its end. */
async function play(stage: Stage, playing: Playing): Promise<Mishaps & { readonly months: number }> {
  const { options, accounts, callers, asks, claims, show, folder } = playing
  const { seed, days } = options
  const forMs = options.minutes * 60_000
  const coverages: readonly DemoCoverage[] = accounts.flatMap((account) => account.coverages)
  let happening: Happening | null = null
  let untilMs = Number.POSITIVE_INFINITY
  // Once half of the cards are there, so that there is something to collect meanwhile.
  const begin = () => {
    untilMs = performance.now() + forMs
    const tell = (text: string) => show.line(show.paint.faint(text))
    return happen({ stage, claims, seed, forMs, restMs: options.restMs ?? 4_000, tell })
  }
  const onScene = (scene: Scene, share: number) => {
    if (scene !== 'registering' || share >= 0.5) happening ??= begin()
  }
  const shopping = goShopping(coverages, asks, callers, seed)
  let months = 0
  let round: Round = { seed, firstMonth, month: firstMonth, days }
  try {
    for (; months === 0 || performance.now() < untilMs; months++) {
      if (months > 0) round = { ...round, month: nextMonth(round.month) }
      await stubbornly(stage, () =>
        playMonth(stage, { accounts, round, show: months === 0 ? show : quiet(show), folder, onScene }),
      )
      await stubbornly(stage, () => moveTo(stage, roundEnds(round)))
    }
    happening ??= begin()
    const mishaps = await happening.over
    await shopping.stop()
    await calm(stage)
    return { ...mishaps, months }
  } finally {
    await happening?.close()
  }
}

/** Time enough for whatever the gateway keeps to itself for a day. */
async function calm(stage: Stage): Promise<void> {
  await stage.simulator.clearFaults()
  await untilIdle(stage, await stage.now())
  for (let days = 0; days < 3; days++) await moveTo(stage, plusMs(await stage.now(), dayMs))
}

const quiet = (show: Show): Show => ({ ...silentShow, line: show.line, hint: show.hint, paint: show.paint })

/** From the tables on, as often as the database or the network goes away under it. */
async function stubbornly<Result>(stage: Stage, act: () => Promise<Result>): Promise<Result> {
  for (let failures = 0; ; failures++) {
    try {
      return await act()
    } catch (problem) {
      stage.signal.throwIfAborted()
      if (!isAway(problem) || failures > 500) throw problem
      await delay(200)
    }
  }
}

/** The card network's own address answers nobody while it is being started again, and says 500 while it has no clock. */
const isAway = (problem: unknown): boolean =>
  isPassing(problem) ||
  (problem instanceof TypeError && /fetch failed|terminated/.test(problem.message)) ||
  (problem instanceof Error && /^simulator: 5/.test(problem.message))

async function callersOf(stage: Stage, accounts: readonly DemoAccount[]): Promise<Callers> {
  const { system } = stage
  await signUp(stage, accounts, await stage.now())
  const scopes = ['accounts:write', 'fees:write', 'orders:write'] as const
  const { key } = await createKey(system, { name: 'platform', scopes, expiresAt: null }, operator)
  const tokens = new Map<string, string>()
  await sideBySide(accounts, 8, async ({ accountId }) => {
    const login = await readRootLogin(system.db, accountId)
    if (login === null) throw new Error(`${accountId} has no root login`)
    const { token } = await openSession(system, login, { address: '192.0.2.1', userAgent: 'chaos' })
    tokens.set(accountId, token)
  })
  const places = new Map(accounts.map(({ accountId }, index) => [accountId, `10.1.${index >> 8}.${index & 255}`]))
  return {
    platform: { name: 'platform', token: key, address: '192.0.2.9' },
    payer: (accountId) => ({
      name: accountId,
      token: tokens.get(accountId) ?? '',
      address: places.get(accountId) ?? '192.0.2.1',
    }),
  }
}

/** The latest of what `bin/kessai account show` tells, and of what the network has in its books. */
async function storyOf({ system, simulator }: Stage, accountId: string | null): Promise<string[]> {
  const story = accountId === null ? null : await tellAccount(system, accountId, 'en')
  if (story === null) return []
  const when = (at: number): string => new Date(at).toISOString().replace('.000Z', 'Z')
  const ours = story.lines.slice(-30).map(({ at, coverage, text }) => `${when(at)} ${coverage ?? ''} ${text}`)
  const theirs: string[] = []
  for await (const payment of simulator.payments()) {
    if (payment.accountId !== accountId) continue
    const { account, id, createdAt, status, amountMinor, capturedMinor, chargeId } = payment
    theirs.push(
      `${when(createdAt)} ${account} ${id} ${status}: ${amountMinor} asked, ${capturedMinor} taken; charge ${chargeId}`,
    )
  }
  return [`${accountId}:`, ...ours, 'and as the network has it:', ...theirs.slice(-12)]
}
