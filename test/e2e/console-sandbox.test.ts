/** A month goes by in the sandbox's bar, and how fast and how still the payer's first page is. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testDatabase } from '../support/database.ts'
import { addFees } from '../support/engine.ts'
import { launchBrowser, noBrowser } from './browser.ts'
import { addPayer, expectAccessible, expectNoSidewaysScroll, moveTo, type Payer, tellIssuer, visit } from './console.ts'
import { type SharedWorld, sharedWorld } from './world.ts'

const database = testDatabase()
let browser: Browser
let world: SharedWorld
let owing: Payer
let watching: Payer

beforeAll(async () => {
  if (noBrowser) return
  browser = await launchBrowser()
  world = await sharedWorld(database)
  owing = await addPayer(world, 2)
  watching = await addPayer(world, 3)
  await tellIssuer(world, owing, [{ kind: 'decline', declineCode: 'insufficient_funds' }])
  await addFees(world.engine, [
    { accountId: owing.accountId, month: '2027-01', amount: '12.34' },
    { accountId: watching.accountId, month: '2027-02', amount: '56.78' },
  ])
  await moveTo(world, '2027-02-02T10:00:00Z')
}, 180_000)
afterAll(async () => {
  await browser?.close()
  await world?.close()
})

describe.runIf(noBrowser === null)(`the sandbox's bar${noBrowser ? ` (${noBrowser})` : ''}`, () => {
  test('nothing on Payment Settings moves while it loads', async () => {
    const { page } = await visit(browser, world, owing, { width: 390, height: 844 })
    await page.addInitScript(`window.shifts = []
      new PerformanceObserver((list) => { for (const { value } of list.getEntries()) window.shifts.push(value) })
        .observe({ type: 'layout-shift', buffered: true })`)
    await page.goto('/payment-settings/g')
    await page.locator('.banner').getByRole('heading').waitFor()
    await page.waitForLoadState('networkidle')
    const shifts: number[] = await page.evaluate('window.shifts')
    expect(shifts.reduce((sum, shift) => sum + shift, 0)).toBeLessThan(0.01)
  })

  test('a month goes by: the card is told to refuse, the banner comes, the card works again, and it is paid by itself', async () => {
    const { page } = await visit(browser, world, watching)
    const bar = page.getByRole('complementary', { name: 'Sandbox' })
    await page.goto('/payment-settings/g')
    await page.getByText('Nothing is due.').waitFor()
    await bar.getByLabel('From now on this card').selectOption('insufficient_funds')
    await bar.getByText('Done.').waitFor()
    await bar.getByRole('button', { name: 'To the next month' }).click()
    await page.locator('.banner').getByRole('heading').waitFor()
    expect(await page.locator('.banner').getByRole('heading').innerText()).toContain('$56.78')
    await bar.getByText('Done.').waitFor()
    expect(await bar.innerText()).toContain('1 Mar 2027')
    await expectNoSidewaysScroll(page)
    await expectAccessible(page)
    await bar.getByLabel('From now on this card').selectOption('cured')
    await bar.getByText('Done.').waitFor()
    await bar.getByRole('button', { name: '+1 day' }).click()
    await page.getByText('Nothing is due.').waitFor()
    await bar.getByLabel('Sign in as').selectOption('0')
    await page.getByText('OP0000000001').first().waitFor()
  })
})
