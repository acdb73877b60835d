/** Payers at the console: made by operations, signed in by a request, and watched for whatever no page may do. */
import AxeBuilder from '@axe-core/playwright'
import { sql } from 'kysely'
import type { Browser, Page, Request } from 'playwright-core'
import { expect, onTestFinished, vi } from 'vitest'
import { parseInstant } from '../../src/domain/calendar.ts'
import { addAccounts } from '../../src/operations/add-accounts.ts'
import { setRootPassword } from '../../src/operations/identity/write-password.ts'
import { beginRegistration, finishRegistration } from '../../src/operations/register-card.ts'
import { freezeClock } from '../../src/postgres/clock.ts'
import { goodCardNumber } from '../../src/simulator/cards.ts'
import type { IssuerRule } from '../../src/simulator/issuer.ts'
import { httpPayer } from '../../src/simulator/payer-http.ts'
import { isIdle } from '../../src/worker/idle.ts'
import { accountNumber } from '../support/scenes.ts'
import type { World } from './world.ts'

export const password = 'correct horse battery'
/** The machine may be busy with other tests. */
export const patience = { timeout: 30_000, interval: 100 }

export interface NewPayer {
  readonly coverages?: readonly string[]
  /** Card number by coverage; none: no payment method. */
  readonly cards?: Readonly<Record<string, string>>
  readonly kind?: 'individual' | 'business'
}

export interface Payer {
  readonly accountId: string
  readonly email: string
}

/** The `index`-th account, with its root user and its cards. */
export async function addPayer(world: World, index: number, given: NewPayer = {}): Promise<Payer> {
  const { engine } = world
  const { cards = { g: cardOf(index) }, coverages = Object.keys(cards), kind = 'individual' } = given
  const accountId = accountNumber(index)
  const email = `payer-${index}@example.com`
  await addAccounts(engine.system, [{ accountId, kind, email, coverages }], engine.now())
  await setRootPassword(engine.system, accountId, password)
  for (const [coverage, number] of Object.entries(cards)) {
    const begun = await beginRegistration(engine.system, { accountId, coverage }, engine.now())
    if ('refused' in begun) throw new Error(`registration refused: ${begun.refused}`)
    const payer = httpPayer({ baseUrl: world.gateways, publishableKey: `pk_test_${coverage}` })
    const card = { number, expMonth: 12, expYear: 2034, cvc: '123' }
    await payer.confirm({ clientSecret: begun.clientSecret, card })
    await finishRegistration(engine.system, begun.registrationId, engine.now())
  }
  return { accountId, email }
}

/** A good Visa card of the `index`-th account alone, so that an issuer can be told about it alone. */
export const cardOf = (index: number): string => goodCardNumber(index)

/** From now on the issuer of the card that the payer has in `coverage` answers so. */
export async function tellIssuer(
  { engine, simulator }: World,
  { accountId }: Payer,
  rules: readonly IssuerRule[],
  coverage = 'g',
): Promise<void> {
  const { rows } = await sql<{ fingerprint: string }>`select fingerprint from cards
    where account_id = ${accountId} and coverage = ${coverage} and replaced_at is null`.execute(engine.system.db)
  for (const { fingerprint } of rows) simulator.issuer.tell(fingerprint, rules)
}

/** What the network took of the payer's cards, in order. */
export const takenOf = ({ engine, simulator }: World, { accountId }: Payer): string[] =>
  [...simulator.payments(engine.now())]
    .filter((payment) => payment.status === 'succeeded' && payment.accountId === accountId)
    .map(({ capturedMinor }) => String(capturedMinor))

/** Moves business time on, and waits until the worker has nothing left to do then. */
export async function moveTo(world: World, at: string): Promise<void> {
  const { engine } = world
  engine.setNow(at)
  await freezeClock(engine.system.db, parseInstant(at))
  await untilIdle(world)
}

export const untilIdle = async ({ engine }: World): Promise<void> =>
  void (await vi.waitUntil(() => isIdle(engine.system, engine.now()), { timeout: 55_000, interval: 50 }))

export interface Visit {
  readonly page: Page
  /** Every request that the page or one of its frames made. */
  readonly traffic: readonly Request[]
}

export interface VisitOptions {
  readonly language?: 'en' | 'ja'
  readonly theme?: 'light' | 'dark'
  readonly width?: number
  readonly height?: number
}

/**
 * A browser of this payer alone. Ends the test when a policy was broken, a script failed, or anybody was asked but us and
 * the gateway.
 */
export async function visit(
  browser: Browser,
  world: World,
  payer: Payer | null,
  options: VisitOptions = {},
): Promise<Visit> {
  const { language = 'en', theme = 'light', width = 1280, height = 900 } = options
  const context = await browser.newContext({
    baseURL: world.ours,
    locale: language,
    colorScheme: theme,
    reducedMotion: 'reduce',
    viewport: { width, height },
  })
  const page = await context.newPage()
  const complaints: string[] = []
  const traffic: Request[] = []
  page.on('request', (request) => {
    traffic.push(request)
    const { origin } = new URL(request.url())
    if (origin !== world.ours && origin !== world.gateways) complaints.push(request.url())
  })
  page.on('pageerror', (problem) => complaints.push(String(problem)))
  page.on('console', (line) => {
    if (/Content Security Policy|Refused to/.test(line.text())) complaints.push(line.text())
  })
  onTestFinished(async ({ task }) => {
    if (task.result?.state === 'fail') console.error(`the page said: ${await page.locator('body').innerText()}`)
    await context.close()
    expect(complaints).toEqual([])
  })
  if (payer) {
    const signedIn = await context.request.post('/api/sign-in', { data: { email: payer.email, password } })
    expect(signedIn.status()).toBe(200)
  }
  return { page, traffic }
}

/** What axe finds wrong with the page as it stands: rule and element. */
export async function axeFindings(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze()
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id} ${target.join(' ')}`))
}

/** In both themes. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    expect(await axeFindings(page), `axe, ${colorScheme}`).toEqual([])
  }
  await page.emulateMedia({ colorScheme: null })
}

/** Nothing reaches beyond the side of a small phone. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const before = page.viewportSize()
  await page.setViewportSize({ width: 360, height: 740 })
  const beyond = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
  expect(await page.evaluate(beyond), `${page.url()} at 360 px`).toBe(0)
  if (before) await page.setViewportSize(before)
}
