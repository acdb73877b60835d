/** A card registered in a real browser: the real API, the real simulator, the page that the sandbox serves. */
import { sql } from 'kysely'
import type { Browser, Request } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bucketOfAccount } from '../../src/domain/bucket.ts'
import { quoteOrder } from '../../src/operations/orders/quote-order.ts'
import { testDatabase } from '../support/database.ts'
import { addFees } from '../support/engine.ts'
import { wholeDatabase } from '../support/whole-database.ts'
import { launchBrowser, noBrowser } from './browser.ts'
import { answerBank, type BankAnswer, type TypedCard } from './card-fields.ts'
import { openPage, type SandboxPage } from './sandbox-page.ts'
import { accountId, openWorld, type World } from './world.ts'

const database = testDatabase()
let browser: Browser
beforeAll(async () => {
  if (!noBrowser) browser = await launchBrowser()
})
afterAll(() => browser?.close())

const visa = { number: '4242424242424242' }
const mastercard = { number: '5555555555554444' }
const asksBank = { number: '4000002500003155' }

/** Opens the fields by the button that stands there, and submits a card. */
async function register({ press, submit }: SandboxPage, card: TypedCard, bank?: BankAnswer): Promise<string> {
  expect(await press(/^(New payment method|Update Credit Card)$/)).toBe('')
  return submit(card, bank)
}

/** Looks again until the worker has heard that the bank asks. */
const askedBy = ({ page, press }: SandboxPage) =>
  expect
    .poll(() => press('Show').then(() => page.getByRole('button', { name: 'Answer the bank' }).count()), patience)
    .toBe(1)
/** The machine may be busy with other tests. */
const patience = { timeout: 20_000 }

/** `status amount` of every verification, and how many holds stand at the network. */
async function holdsOf({ engine, simulator }: World) {
  const { rows } = await sql<{ hold: string }>`
    select status || ' ' || amount_minor as hold from charges where trigger = 'verification'
    order by intended_at, charge_id`.execute(engine.system.db)
  const standing = [...simulator.payments(engine.now())].filter(({ status }) => status === 'requires_capture')
  return { ours: rows.map(({ hold }) => hold), standing: standing.length }
}

describe.runIf(noBrowser === null)(`registration${noBrowser ? ` (${noBrowser})` : ''}`, () => {
  test('B3 B4 a card is registered, its hold placed and released; the next one replaces it', async () => {
    const world = await openWorld(database)
    const sandbox = await openPage(browser, world)
    await sandbox.press('New payment method')
    expect(await sandbox.page.locator('#card-sums').innerText()).toContain('$1.00')
    expect(await sandbox.submit(mastercard)).toBe('The card is registered.')
    expect(await sandbox.settings()).toContain('Mastercard •••• 4444')
    expect(await register(sandbox, visa)).toBe('The card is registered.')
    expect(await sandbox.settings()).toContain('Visa •••• 4242')
    await expect.poll(() => holdsOf(world), patience).toEqual({ ours: ['released 100', 'released 100'], standing: 0 })
  })

  test('B3 what fails is told, and the old card stays; 3-D Secure passed replaces it', async () => {
    const world = await openWorld(database)
    const sandbox = await openPage(browser, world)
    await register(sandbox, mastercard)
    const failures: readonly (readonly [TypedCard, BankAnswer | undefined, RegExp])[] = [
      [{ number: '4000000000000341' }, undefined, /Your card issuer declined/],
      [{ number: '4000000000000002' }, undefined, /Your card issuer declined/],
      [asksBank, 'fail', /wants you to confirm/],
      [asksBank, 'abandon', /^We are unable to authenticate/],
    ]
    for (const [card, bank, told] of failures) {
      expect(await register(sandbox, card, bank)).toMatch(told)
      await sandbox.press('Show')
      expect(await sandbox.settings()).toContain('Mastercard •••• 4444')
    }
    // The one that was abandoned is still open: the same fields, the same payment, once more.
    expect(await register(sandbox, asksBank, 'pass')).toBe('The card is registered.')
    expect(await sandbox.settings()).toContain('Visa •••• 3155')
    await expect.poll(async () => (await holdsOf(world)).standing, patience).toBe(0)
  })

  test('what was only mistyped changes nothing and is corrected in place', async () => {
    const sandbox = await openPage(browser, await openWorld(database))
    expect(await register(sandbox, { number: '4242424242424241' })).toBe('Your card number is invalid.')
    expect(await sandbox.submit({ ...visa, expiry: '0125' })).toBe('Your card’s expiry year is in the past.')
    expect(await sandbox.submit(visa)).toBe('The card is registered.')
  })

  test('B5 F57 the number goes to the gateway’s origin and nowhere else, and nothing of ours holds it', async () => {
    const world = await openWorld(database)
    const sandbox = await openPage(browser, world)
    const numbers = ['4242424242424242', '4000000000000002', '4000002500003155']
    await register(sandbox, { number: '4000000000000002', cvc: '847' })
    await register(sandbox, { number: '4000002500003155', cvc: '847' }, 'fail')
    await register(sandbox, { number: '4242424242424242', cvc: '847' })

    const holds = (text: string) => numbers.some((number) => text.includes(number))
    const carriers = sandbox.traffic.filter((request) => holds(everythingOf(request)))
    expect(new Set(carriers.map((request) => new URL(request.url()).origin))).toEqual(new Set([world.gateways]))
    expect(carriers.length).toBe(3)
    const toUs = sandbox.traffic.filter((request) => new URL(request.url()).origin === world.ours)
    expect(toUs.length).toBeGreaterThan(5)

    await expect.poll(async () => (await holdsOf(world)).standing, patience).toBe(0)
    const written = { ...world.written(), database: await wholeDatabase(database.pool) }
    for (const [where, text] of Object.entries(written)) {
      expect(text.length, where).toBeGreaterThan(100)
      expect(holds(text.replaceAll(/[ -](?=\d)/g, '')), `a card number in the ${where}`).toBe(false)
      expect(/cvc"|847"/.test(text), `a security code in the ${where}`).toBe(false)
      expect(text.includes('_secret_'), `a client secret in the ${where}`).toBe(false)
    }
  })

  test('B10 B11 a declined month: the banner, the clock, Activate with the bank’s question, paid', async () => {
    const world = await openWorld(database)
    const sandbox = await openPage(browser, world)
    const { page, press, settings } = sandbox
    await register(sandbox, visa)
    await addFees(world.engine, [{ accountId, month: '2027-01', amount: '12.34' }])
    await page.getByLabel('From now on it answers').selectOption('insufficient_funds')
    expect(await press('Apply')).toBe('Done.')
    for (let week = 0; week < 4; week++) expect(await press('Advance a week')).toBe('Done.')
    expect(await page.locator('#now').innerText()).toContain('2027-02-07')
    const banner = await page.locator('#banner').innerText()
    expect(banner).toContain('card_declined')
    expect(banner).toContain('$12.34')

    await page.getByLabel('From now on it answers').selectOption('needs_3ds')
    await press('Apply')
    await press('Activate')
    await askedBy(sandbox)
    await page.getByRole('button', { name: 'Answer the bank' }).click()
    expect(await answerBank(page, 'pass')).toContain('$12.34')
    await expect
      .poll(async () => (await press('Show')) + (await page.locator('#banner').isVisible()), patience)
      .toBe('false')
    expect(await settings()).toMatch(/outstanding\s+sumMinor\s+\$0\.00/)
    const taken = [...world.simulator.payments(world.engine.now())].filter(({ status }) => status === 'succeeded')
    expect(taken.map(({ capturedMinor }) => capturedMinor)).toEqual([1234n])
  })

  test('B13 an order is confirmed, the bank asks, and its total is held', async () => {
    const world = await openWorld(database)
    const { system } = world.engine
    const now = world.engine.now()
    const sandbox = await openPage(browser, world)
    const { page, press } = sandbox
    await register(sandbox, { number: '4000002760003184' }, 'pass')
    const item = { code: 'sim', name: 'SIM card', quantity: 2, unitMinor: 500n, taxRateBp: 0 }
    const order = { accountId, coverage: 'g', externalId: 'PO-1', items: [item], quotedBy: 'test' }
    await quoteOrder(system, { ...order, orderId: system.makeId(bucketOfAccount(accountId), now) }, now)
    await press('Show')
    await press('Confirm order PO-1')
    await askedBy(sandbox)
    await page.getByRole('button', { name: 'Answer the bank' }).click()
    expect(await answerBank(page, 'pass')).toContain('$10.00')
    await expect
      .poll(() => press('Show').then(() => page.locator('#orders').innerText()), patience)
      .toMatch(/status\s+held/)
  })

  test('B17 the same in Japanese', async () => {
    const sandbox = await openPage(browser, await openWorld(database), 'ja')
    const { page, press, submit, settings } = sandbox
    await page.getByLabel('カバレッジ').selectOption('jp')
    await press('表示')
    await press('お支払い方法を登録')
    expect(await page.locator('#card-sums').innerText()).toMatch(/[¥￥]100/)
    expect(await submit({ number: '4000000000000002' })).toMatch(/カード会社/)
    await press('お支払い方法を登録')
    expect(await submit({ number: '3566002020360505' })).toBe('カードを登録しました。')
    expect(await settings()).toContain('0505')
  })
})

/** What a request carries, as it was sent and as it reads. */
function everythingOf(request: Request): string {
  const sent = [request.url(), JSON.stringify(request.headers()), request.postData() ?? '']
  return sent
    .flatMap((text) => [text, decodeURIComponent(text.replaceAll('+', ' ')).replaceAll(/[ -](?=\d)/g, '')])
    .join('\n')
}
