/** A payer at the gateway's frames: types into the card fields, answers the bank. Found as a person finds them, by label. */
import type { Page } from 'playwright-core'

export interface TypedCard {
  readonly number: string
  readonly expiry?: string
  readonly cvc?: string
}

export async function typeCard(page: Page, { number, expiry = '1234', cvc = '123' }: TypedCard): Promise<void> {
  const fields = page.frameLocator('iframe[src$="/browser/card"]')
  await fields.getByLabel(/Card number|カード番号/).fill(number)
  await fields.getByLabel(/Expiry date|有効期限/).fill(expiry)
  await fields.getByLabel(/Security code|セキュリティコード/).fill(cvc)
}

const buttons = {
  pass: /^(Approve|承認する)$/,
  fail: /^(Fail authentication|認証に失敗する)$/,
  abandon: /^(Close without answering|回答せずに閉じる)$/,
}
export type BankAnswer = keyof typeof buttons

/** Answers what the bank asked, as the page showed it. */
export async function answerBank(page: Page, answer: BankAnswer): Promise<string> {
  const bank = page.frameLocator('iframe[src$="/browser/three-d-secure"]')
  const button = bank.getByRole('button', { name: buttons[answer] })
  await button.waitFor()
  const shown = await bank.locator('main').innerText()
  await button.click()
  return shown
}
