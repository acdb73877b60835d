/** A card registered at the console, and what goes wrong meanwhile: the real server, worker and simulator, a real browser. */
import { sql } from 'kysely'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { goodCardNumber } from '../../src/simulator/cards.ts'
import { testDatabase } from '../support/database.ts'
import { addFees } from '../support/engine.ts'
import { launchBrowser, noBrowser } from './browser.ts'
import { answerBank, type TypedCard, typeCard } from './card-fields.ts'
import {
  addPayer,
  cardOf,
  expectAccessible,
  expectNoSidewaysScroll,
  moveTo,
  type Payer,
  password,
  patience,
  takenOf,
  tellIssuer,
  type Visit,
  visit,
} from './console.ts'
import { type SharedWorld, sharedWorld } from './world.ts'

const database = testDatabase()
let browser: Browser
let world: SharedWorld

/** Each test has a payer of its own; January of those who owe could not be collected on 1 February. */
const names = ['new', 'pays', 'same', 'bank', 'twice', 'session', 'restart', 'offline'] as const
type Name = (typeof names)[number]
const payers = new Map<Name, Payer>()
const payerOf = (name: Name): Payer => payers.get(name) as Payer // made before every test
const numberOf = (name: Name): string => cardOf(2 + names.indexOf(name))

beforeAll(async () => {
  if (noBrowser) return
  browser = await launchBrowser()
  world = await sharedWorld(database)
  for (const [at, name] of names.entries()) {
    const cards: Record<string, string> = name === 'new' ? {} : { g: numberOf(name) }
    if (name === 'pays') cards.jp = goodCardNumber(90)
    payers.set(name, await addPayer(world, at + 2, { cards, coverages: ['g', 'jp'] }))
  }
  const owing = (['pays', 'same', 'twice', 'restart'] as const).map(payerOf)
  for (const payer of owing) {
    await tellIssuer(world, payer, [{ kind: 'decline', declineCode: 'insufficient_funds' }])
  }
  const fees = owing.map(({ accountId }) => ({ accountId, month: '2027-01', amount: '12.34' }))
  await addFees(world.engine, fees)
  await moveTo(world, '2027-02-01T10:00:00Z')
}, 180_000)
afterAll(async () => {
  await browser?.close()
  await world?.close()
})

const visa = { number: '4242424242424242' }
const declined = { number: '4000000000000002' }
const asksBank = { number: '4000002500003155' }

const submitButton = (page: Page) => page.getByRole('button', { name: /^(Submit|登録)/ })

async function openRegister(page: Page, coverage = 'g'): Promise<void> {
  await page.goto(`/payment-settings/${coverage}/card`)
  await fieldsReady(page)
}
async function fieldsReady(page: Page): Promise<void> {
  await page.locator('.card-fields[aria-busy=false]').waitFor()
  // Letters that arrive late move what is being pressed.
  await page.evaluate('document.fonts.ready.then(() => null)')
}

async function submit(page: Page, card: TypedCard): Promise<void> {
  await typeCard(page, card)
  // By key: a click in the moment after the page was scrolled to it is given to the frame that stood there before.
  await submitButton(page).press('Enter')
}

/** `Visa •••• 4242` of each coverage that has a card. */
async function cardsOf({ accountId }: Payer): Promise<string[]> {
  const { rows } = await sql<{ card: string }>`select coverage || ' ' || brand || ' ' || last4 as card from cards
    where account_id = ${accountId} and replaced_at is null order by coverage`.execute(world.engine.system.db)
  return rows.map(({ card }) => card)
}

/** What was sent to us, in words. */
const sentToUs = ({ traffic }: Visit): string =>
  traffic
    .filter((request) => new URL(request.url()).origin === world.ours)
    .map((request) => `${request.url()} ${JSON.stringify(request.headers())} ${request.postData() ?? ''}`)
    .join('\n')

describe.runIf(noBrowser === null)(`registering at the console${noBrowser ? ` (${noBrowser})` : ''}`, () => {
  test('B3 B4 B5 declined, of a brand that is not taken, mistyped, and registered: the number goes to the gateway alone', async () => {
    const payer = payerOf('new')
    const visited = await visit(browser, world, payer)
    const { page } = visited
    await page.goto('/payment-settings/g')
    await page.getByRole('link', { name: 'New payment method' }).first().click()
    await fieldsReady(page)
    expect(await page.getByText('A hold of $1.00 is placed').count()).toBe(1)
    await expectNoSidewaysScroll(page)
    await expectAccessible(page)

    await submit(page, { ...visa, number: '4242424242424241' })
    await page.getByText('Your card number is invalid.').waitFor()
    await expectAccessible(page)

    await submit(page, declined)
    await page.getByRole('alert').getByText('The card was not registered').waitFor()
    expect(await page.getByRole('alert').innerText()).toContain('card_declined')
    expect(await page.getByRole('alert').innerText()).toContain('Nothing was charged.')
    await expectAccessible(page)
    expect(await cardsOf(payer)).toEqual([])

    await page.getByRole('button', { name: 'Try again' }).click()
    await fieldsReady(page)
    await submit(page, { number: '3566002020360505' })
    await page.getByRole('alert').getByText('Cards of this brand are not accepted here.').waitFor()

    await page.getByRole('button', { name: 'Try again' }).click()
    await fieldsReady(page)
    await submit(page, { ...visa, cvc: '847' })
    await page.getByText(/4242 is registered/).waitFor()
    await page.getByText('A hold of $1.00 was placed and is released.').waitFor()
    await expectAccessible(page)
    expect(await cardsOf(payer)).toEqual(['g visa 4242'])

    const sent = sentToUs(visited)
    expect(sent).toContain('/registrations')
    for (const secret of [visa.number, declined.number, '3566002020360505', '"847"', '_secret_']) {
      expect(sent, secret).not.toContain(secret)
    }
  })

  test('B4 B6 a new card pays at once what it said it would, and the other coverage keeps its own', async () => {
    const payer = payerOf('pays')
    const { page } = await visit(browser, world, payer, { language: 'ja', width: 390, height: 844 })
    await openRegister(page)
    expect(await submitButton(page).innerText()).toBe('登録して$12.34を支払う')
    await submit(page, visa)
    await page.getByText('$12.34をお支払いいただきました').waitFor()
    expect(takenOf(world, payer)).toEqual(['1234'])
    expect(await cardsOf(payer)).toEqual(['g visa 4242', `jp visa ${goodCardNumber(90).slice(-4)}`])
    await expectNoSidewaysScroll(page)
    await expectAccessible(page)
  })

  test('B6 the same card once more pays at once', async () => {
    const payer = payerOf('same')
    await tellIssuer(world, payer, [])
    const { page } = await visit(browser, world, payer)
    await openRegister(page)
    await submit(page, { number: numberOf('same') })
    await page.getByText('Paid: $12.34').waitFor()
    expect(takenOf(world, payer)).toEqual(['1234'])
  })

  test('B3 B5 the bank asks at registration: closed, failed and passed; the old card stays until then', async () => {
    const payer = payerOf('bank')
    const before = await cardsOf(payer)
    const { page } = await visit(browser, world, payer)
    await openRegister(page)
    await submit(page, asksBank)
    await answerBank(page, 'abandon')
    await page.getByText('We are unable to authenticate your payment method.').waitFor()
    expect(await cardsOf(payer)).toEqual(before)
    await submitButton(page).click()
    await answerBank(page, 'fail')
    await page.getByRole('alert').getByText('The card was not registered').waitFor()
    expect(await cardsOf(payer)).toEqual(before)
    await page.getByRole('button', { name: 'Try again' }).click()
    await fieldsReady(page)
    await submit(page, asksBank)
    await answerBank(page, 'pass')
    await page.getByText(/3155 is registered/).waitFor()
    expect(await cardsOf(payer)).toEqual(['g visa 3155'])
  })

  test('F15 a double click on Submit and two tabs register once and charge once', async () => {
    const payer = payerOf('twice')
    const { page } = await visit(browser, world, payer)
    const other = await page.context().newPage()
    await openRegister(page)
    await openRegister(other)
    await typeCard(page, visa)
    await typeCard(other, visa)
    await Promise.all([submitButton(page).dblclick(), submitButton(other).dblclick()])
    for (const tab of [page, other]) await tab.getByText(/4242 is registered/).waitFor()
    await page.getByText('Paid: $12.34').waitFor()
    expect(takenOf(world, payer)).toEqual(['1234'])
    const { rows } = await sql<{ count: bigint }>`select count(*) from cards
      where account_id = ${payer.accountId} and last4 = '4242'`.execute(world.engine.system.db)
    expect(rows).toEqual([{ count: 1n }])
  })

  test('F56 a session that ends in the middle: signed in again, one is back where one was', async () => {
    const payer = payerOf('session')
    const { page } = await visit(browser, world, payer)
    await openRegister(page)
    await sql`delete from sessions`.execute(world.engine.system.db)
    await submit(page, visa)
    await page.getByText('Your session has ended.').waitFor()
    await expectAccessible(page)
    await page.getByLabel('E-mail').fill(payer.email)
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL('**/payment-settings/g/card')
    await fieldsReady(page)
    await submit(page, visa)
    await page.getByText(/4242 is registered/).waitFor()
    expect(await cardsOf(payer)).toEqual(['g visa 4242'])
  })

  test('a server that restarts in the middle: the page asks on, and the card is registered and charged once', async () => {
    const payer = payerOf('restart')
    const { page } = await visit(browser, world, payer)
    await openRegister(page)
    await typeCard(page, visa)
    await world.restart(async () => {
      await submitButton(page).click()
      await page.getByText('Checking the card …').and(page.locator('.message')).waitFor()
    })
    await page.getByText(/4242 is registered/).waitFor()
    await page.getByText('Paid: $12.34').waitFor()
    expect(takenOf(world, payer)).toEqual(['1234'])
  })

  test('offline, Submit gives way to the reason', async () => {
    const { page } = await visit(browser, world, payerOf('offline'))
    await openRegister(page)
    await page.context().setOffline(true)
    await page.locator('.stale').waitFor()
    expect(await submitButton(page).count()).toBe(0)
    await page.context().setOffline(false)
    await submitButton(page).waitFor()
    await expect.poll(() => submitButton(page).getAttribute('aria-disabled'), patience).toBe('false')
  })
})
