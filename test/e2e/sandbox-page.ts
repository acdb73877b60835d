/** A developer at the sandbox's page: found by label and words, as a person finds it. */
import type { Browser, Page, Request } from 'playwright-core'
import { expect, onTestFinished } from 'vitest'
import { answerBank, type BankAnswer, type TypedCard, typeCard } from './card-fields.ts'
import type { World } from './world.ts'

export interface SandboxPage {
  readonly page: Page
  /** Every request that the page or one of its frames made. */
  readonly traffic: readonly Request[]
  /** Presses a button and waits until what it does is done; answers what the page then says. */
  press(name: string | RegExp): Promise<string>
  /** Types a card into open fields and submits them; answers what the page says, and what it still says at the fields. */
  submit(card: TypedCard, bank?: BankAnswer): Promise<string>
  /** What stands under Payment settings. */
  settings(): Promise<string>
}

/** Signed in as the root user. Ends the test when a policy was broken or a script failed. */
export async function openPage(browser: Browser, { ours }: World, language = 'en'): Promise<SandboxPage> {
  const context = await browser.newContext({ locale: language })
  const page = await context.newPage()
  const complaints: string[] = []
  const traffic: Request[] = []
  page.on('request', (request) => traffic.push(request))
  page.on('pageerror', (problem) => complaints.push(String(problem)))
  page.on('console', (line) => {
    if (/Content Security Policy|Refused to/.test(line.text())) complaints.push(line.text())
  })
  onTestFinished(async () => {
    await context.close()
    expect(complaints).toEqual([])
  })
  const message = page.locator('#message')
  const done = () => page.locator('body[aria-busy=false]').waitFor()
  const press: SandboxPage['press'] = async (name) => {
    await page.getByRole('button', { name, exact: true }).click()
    await done()
    return message.innerText()
  }
  await page.goto(`${ours}/sandbox/`)
  await done()
  expect(await press(/^(Sign in|サインイン)$/)).toBe('')
  return {
    page,
    traffic,
    press,
    async submit(card, bank) {
      await typeCard(page, card)
      await page.getByRole('button', { name: /^(Submit|登録する)$/ }).click()
      if (bank) await answerBank(page, bank)
      await done()
      return (await page.locator('#card-problem').innerText()) || message.innerText()
    },
    settings: () => page.locator('#settings').innerText(),
  }
}
