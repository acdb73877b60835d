/** A payer at the gateway's frames: types into the card fields, answers the bank. Found as a person finds them, by label. */
import { errors, type FrameLocator, type Page } from 'playwright-core'

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
  await pressAway(bank, buttons[answer])
  return shown
}

/**
 * The page may take the frame away while the browser still owes us word of the press, which then never comes: that the
 * frame is gone says as much. On a machine that stalled, the button is pressed again for as long as it is there.
 */
async function pressAway(frame: FrameLocator, name: RegExp): Promise<void> {
  const gone = frame.owner().waitFor({ state: 'detached' })
  // Whoever waits for it hears of it; where the press is answered first, nobody does.
  gone.catch(() => undefined)
  const press = () => frame.getByRole('button', { name }).click({ timeout: 10_000 })
  for (let left = 2; ; left--) {
    const pressed = await Promise.race([press().then(() => true, ifLate), gone.then(() => true)])
    if (pressed) return
    if (left === 0) throw new Error(`the bank's button ${name} could not be pressed`)
  }
}

function ifLate(problem: unknown): false {
  if (problem instanceof errors.TimeoutError) return false
  throw problem
}
