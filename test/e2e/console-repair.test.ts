/** The banner and its repair, as a payer meets them: the real server, worker and simulator, in a real browser. */
import { sql } from 'kysely'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { IssuerRule } from '../../src/simulator/issuer.ts'
import { testDatabase } from '../support/database.ts'
import { addFees } from '../support/engine.ts'
import { launchBrowser, noBrowser } from './browser.ts'
import { answerBank } from './card-fields.ts'
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
  visit,
} from './console.ts'
import { type SharedWorld, sharedWorld } from './world.ts'

const database = testDatabase()
let browser: Browser
let world: SharedWorld

/** Each test has a payer of its own, of whom January could not be collected on 1, 2 and 3 February. */
const names = ['banner', 'failing', 'bank', 'lost', 'often', 'keyboard', 'twice', 'offline'] as const
const payers = new Map<(typeof names)[number], Payer>()
const payerOf = (name: (typeof names)[number]): Payer => payers.get(name) as Payer // made before every test

const numberOf = (name: (typeof names)[number], index: number) => (name === 'bank' ? '4000002760003184' : cardOf(index))
const noFunds: IssuerRule = { kind: 'decline', declineCode: 'insufficient_funds' }
const lost: IssuerRule = { kind: 'decline', declineCode: 'lost_card' }

beforeAll(async () => {
  if (noBrowser) return
  browser = await launchBrowser()
  world = await sharedWorld(database)
  for (const [at, name] of names.entries()) {
    const cards = { g: numberOf(name, at + 2), ...(name === 'banner' ? { jp: cardOf(90) } : {}) }
    const payer = await addPayer(world, at + 2, { cards })
    payers.set(name, payer)
    if (name === 'banner') await tellIssuer(world, payer, [noFunds], 'jp')
    if (name !== 'bank') {
      await tellIssuer(world, payer, [name === 'lost' ? lost : noFunds])
    }
  }
  const fees = [...payers.values()].map(({ accountId }) => ({ accountId, month: '2027-01', amount: '12.34' }))
  await addFees(world.engine, [
    ...fees,
    { accountId: payerOf('banner').accountId, coverage: 'jp', month: '2027-01', amount: '2400' },
  ])
  for (const day of ['2027-02-01', '2027-02-02', '2027-02-03']) await moveTo(world, `${day}T10:00:00Z`)
}, 180_000)
afterAll(async () => {
  await browser?.close()
  await world?.close()
})

const cure = (name: (typeof names)[number]) => tellIssuer(world, payerOf(name), [])

const banner = (page: Page) => page.locator('.banner')
const activate = (page: Page) => page.getByRole('button', { name: /^(Activate: charge|再決済する（)/ })
const openDetail = async (page: Page, coverage = 'g') => {
  await page.goto(`/payment-settings/${coverage}/detail`)
  await activate(page).waitFor()
}

describe.runIf(noBrowser === null)(`repair at the console${noBrowser ? ` (${noBrowser})` : ''}`, () => {
  test('B11 the banner says what failed, why, what helps and what happens by itself', async () => {
    const { page } = await visit(browser, world, payerOf('banner'))
    await page.goto('/')
    await banner(page).getByRole('heading').waitFor()
    expect(new URL(page.url()).pathname).toBe('/payment-settings/g')
    expect(await banner(page).getByRole('heading').innerText()).toMatch(/^\$12\.34 could not be charged to Visa/)
    const text = await banner(page).innerText()
    for (const part of [
      'not have enough available credit',
      'tried again automatically on 4 Feb',
      'card_declined',
      'Global',
    ]) {
      expect(text).toContain(part)
    }
    expect(await page.locator('.filled').count()).toBe(1)
    expect(await page.getByRole('link', { name: 'Update Credit Card' }).count()).toBeGreaterThan(0)
    // The same sum in the banner, the list and the button.
    expect(await page.locator('.total').first().innerText()).toBe('$12.34')
    await expectNoSidewaysScroll(page)
    await expectAccessible(page)
    await banner(page).getByRole('link', { name: 'Detail' }).click()
    await activate(page).waitFor()
    expect(await activate(page).innerText()).toBe('Activate: charge $12.34')
    const story = await page.locator('.timeline').innerText()
    for (const part of [
      'Next automatic attempt',
      '3 automatic attempts, one a day',
      'card_declined',
      'Invoice issued',
    ]) {
      expect(story).toContain(part)
    }
    await expectNoSidewaysScroll(page)
    await expectAccessible(page)
  })

  test('B11 B17 the same in Japanese, yen without decimals, on a phone', async () => {
    const { page } = await visit(browser, world, payerOf('banner'), { language: 'ja', width: 390, height: 844 })
    await page.goto('/payment-settings/jp')
    await banner(page).getByRole('heading').waitFor()
    expect(await page.locator('html').getAttribute('lang')).toBe('ja')
    expect(await banner(page).getByRole('heading').innerText()).toContain('2,400円')
    const text = await banner(page).innerText()
    for (const part of ['お支払いエラー', 'card_declined', '2月4日', '詳細', 'クレジットカードを変更'])
      expect(text).toContain(part)
    // Both buttons are on the first screen of a phone.
    for (const link of await banner(page).locator('a.button').all()) {
      expect((await link.boundingBox())?.y ?? 999).toBeLessThan(560)
    }
    await openDetail(page, 'jp')
    expect(await activate(page).innerText()).toBe('再決済する（2,400円）')
    expect(await page.locator('.timeline').innerText()).toContain('自動決済 3回（1日1回）')
    await expectNoSidewaysScroll(page)
    await expectAccessible(page)
  })

  test('B10 Activate fails, says why and that the automatic attempt takes place; once the cause is gone it pays', async () => {
    const { page } = await visit(browser, world, payerOf('failing'))
    await openDetail(page)
    await activate(page).click()
    await page.getByText('The payment failed.').waitFor()
    expect(await page.locator('.panel').innerText()).toContain('card_declined')
    expect(takenOf(world, payerOf('failing'))).toEqual([])
    await expectAccessible(page)
    await cure('failing')
    await activate(page).click()
    await page.getByText('Paid: $12.34').waitFor()
    expect(takenOf(world, payerOf('failing'))).toEqual(['1234'])
    await expectAccessible(page)
    await page.getByRole('link', { name: /Payment Settings, Global/ }).click()
    await page.getByText('Nothing is due.').waitFor()
    expect(await banner(page).count()).toBe(0)
  })

  test('B10 the bank asks: closed, failed, and passed', async () => {
    const { page } = await visit(browser, world, payerOf('bank'))
    await openDetail(page)
    await activate(page).click()
    expect(await answerBank(page, 'abandon')).toContain('$12.34')
    const again = page.getByRole('button', { name: 'Answer your bank' })
    await again.waitFor()
    await expect.poll(() => again.getAttribute('aria-disabled'), patience).not.toBe('true')
    await expectAccessible(page)
    await again.click()
    await answerBank(page, 'fail')
    await page.getByText('The payment failed.').waitFor()
    expect(takenOf(world, payerOf('bank'))).toEqual([])
    await activate(page).click()
    await answerBank(page, 'pass')
    await page.getByText('Paid: $12.34').waitFor()
    expect(takenOf(world, payerOf('bank'))).toEqual(['1234'])
  })

  test('B9 B10 where Activate cannot help, the reason stands in its place, and what can help is the filled button', async () => {
    const { page } = await visit(browser, world, payerOf('lost'))
    await page.goto('/payment-settings/g')
    await banner(page).getByRole('heading').waitFor()
    expect(await page.locator('.button.filled').innerText()).toBe('Update Credit Card')
    expect(await banner(page).innerText()).toContain('not tried again automatically')
    await banner(page).getByRole('link', { name: 'Detail' }).click()
    await page.locator('.timeline').waitFor()
    expect(await activate(page).count()).toBe(0)
    // A card reported lost is told to nobody but staff.
    const shown = await page.locator('main').innerText()
    expect(shown).not.toMatch(/lost|stolen/i)
    expect(await page.locator('.entry.skipped').innerText()).toMatch(/No attempt for 2 days/)
    await expectAccessible(page)
  })

  test('B10 pressed too often: the date from which it is possible again', async () => {
    const payer = payerOf('often')
    const now = new Date(world.engine.system.wallNow()).toISOString()
    await sql`update accounts set activated_at_wall = array_fill(${now}::timestamptz, array[5])
      where account_id = ${payer.accountId}`.execute(world.engine.system.db)
    const { page } = await visit(browser, world, payer, { language: 'ja' })
    await page.goto('/payment-settings/g/detail')
    await page.getByText(/1時間以内に再決済できる回数の上限に達しました。.*以降に/).waitFor()
    expect(await activate(page).count()).toBe(0)
  })

  test('keyboard alone, from sign-in to paid', async () => {
    const payer = payerOf('keyboard')
    await cure('keyboard')
    const { page } = await visit(browser, world, null)
    await page.goto('/payment-settings/g')
    const { keyboard } = page
    const reach = async (name: string) => {
      for (let presses = 0; presses < 40; presses++) {
        await keyboard.press('Tab')
        const told = await page.evaluate(
          '(document.activeElement.labels?.[0]?.innerText ?? document.activeElement.innerText ?? "").trim()',
        )
        if (told === name) return
      }
      throw new Error(`${name} is not reached by Tab`)
    }
    await page.getByLabel('E-mail').waitFor()
    await reach('E-mail')
    await keyboard.type(payer.email)
    await reach('Password')
    await keyboard.type(password)
    await keyboard.press('Enter')
    await banner(page).getByRole('heading').waitFor()
    await reach('Detail')
    await keyboard.press('Enter')
    await activate(page).waitFor()
    await reach('Activate: charge $12.34')
    await keyboard.press('Enter')
    await page.getByText('Paid: $12.34').waitFor()
    expect(takenOf(world, payer)).toEqual(['1234'])
  })

  test('F15 a double click and two tabs charge once', async () => {
    const payer = payerOf('twice')
    await cure('twice')
    const { page } = await visit(browser, world, payer)
    const other = await page.context().newPage()
    await Promise.all([openDetail(page), openDetail(other)])
    await Promise.all([activate(page).dblclick(), activate(other).dblclick()])
    await page.getByText('Paid: $12.34').waitFor()
    await expect
      .poll(() => other.locator('main').innerText(), patience)
      .toMatch(/Paid: \$12\.34|Nothing is outstanding/)
    expect(takenOf(world, payer)).toEqual(['1234'])
  })

  test('offline, the money buttons give way to the reason; back online they are there again', async () => {
    const { page } = await visit(browser, world, payerOf('offline'))
    await openDetail(page)
    await page.context().setOffline(true)
    await page.locator('.stale').waitFor()
    expect(await activate(page).count()).toBe(0)
    expect(await page.locator('.panel').innerText()).toContain('There is no connection.')
    await expectAccessible(page)
    await page.context().setOffline(false)
    await activate(page).waitFor()
    await world.restart(async () => {
      await activate(page).click()
      await page.getByText('The server did not answer.').waitFor()
    })
    await cure('offline')
    await activate(page).click()
    await page.getByText('Paid: $12.34').waitFor()
    expect(takenOf(world, payerOf('offline'))).toEqual(['1234'])
  })
})
