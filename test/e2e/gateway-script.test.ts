/** The simulator's browser side by itself: a page of another origin, with a strict policy, that knows Stripe.js and no more. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type ServedSimulator, serveSimulator } from '../../src/simulator/serve.ts'
import { launchBrowser, noBrowser } from './browser.ts'
import { answerBank, type BankAnswer, type TypedCard, typeCard } from './card-fields.ts'

const now = Date.parse('2027-01-10T00:00:00Z')
let browser: Browser
let simulator: ServedSimulator
let shop: Server
let gateway: string
let address: string

beforeAll(async () => {
  if (noBrowser) return
  simulator = await serveSimulator({ port: 0, journalPath: null, seed: 1, now: () => now, controlKey: null })
  gateway = `http://127.0.0.1:${simulator.port}`
  shop = createServer((_request, response) => {
    response.writeHead(200, {
      'content-type': 'text/html',
      'content-security-policy': `default-src 'none'; script-src ${gateway}; frame-src ${gateway}`,
    })
    response.end(
      `<!doctype html><title>Shop</title><script src="${gateway}/browser/v3.js"></script><div id="card"></div>`,
    )
  })
  await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve))
  address = `http://127.0.0.1:${(shop.address() as AddressInfo).port}/` // it listens on a port
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  shop?.close()
  await simulator?.stop()
})

/** What the page would have of Stripe.js, as much as the tests call. */
interface StripeJs {
  elements(options: object): { create(type: string): CardElement }
  confirmCardPayment(secret: string, given?: object): Promise<Told>
  confirmCardSetup(secret: string, given?: object): Promise<Told>
  handleNextAction(given: { clientSecret: string }): Promise<Told>
  retrievePaymentIntent(secret: string): Promise<Told>
}
interface CardElement {
  mount(place: string): void
  unmount(): void
  on(event: string, listener: (event: { brand?: string; complete?: boolean }) => void): void
}
interface Told {
  readonly paymentIntent?: { readonly status: string }
  readonly setupIntent?: { readonly status: string }
  readonly error?: { readonly type: string; readonly code: string; readonly message: string; decline_code?: string }
}
interface ShopFrame {
  readonly contentDocument: object | null
  readonly contentWindow: { postMessage(message: object, origin: string, ports: readonly object[]): void }
}
declare global {
  // The page's own window, within `evaluate`.
  var Stripe: (key: string, options?: object) => StripeJs
  var shopStripe: StripeJs
  var shopCard: CardElement
  var shopHeard: unknown[]
  /** As much of it as the tests touch: the types of browsers would hide mistakes in the rest of the tree. */
  var document: { querySelector(selector: 'iframe'): ShopFrame | null }
}

/** A page with mounted fields; ends the test when a policy was broken or a script failed. */
async function openShop(locale = 'en'): Promise<Page> {
  const page = await browser.newPage()
  const complaints: string[] = []
  page.on('pageerror', (problem) => complaints.push(String(problem)))
  page.on('console', (line) => {
    if (/Content Security Policy|Refused to/.test(line.text())) complaints.push(line.text())
  })
  onTestFinished(async () => {
    await page.close()
    expect(complaints).toEqual([])
  })
  await page.goto(address)
  await page.evaluate(async (language) => {
    globalThis.shopStripe = Stripe('pk_test_g', { locale: language })
    globalThis.shopCard = shopStripe.elements({}).create('card')
    globalThis.shopHeard = []
    const ready = new Promise<void>((resolve) => shopCard.on('ready', () => resolve()))
    shopCard.on('change', ({ brand, complete }) => shopHeard.push(`${brand} ${complete}`))
    shopCard.mount('#card')
    await ready
  }, locale)
  return page
}

/** What our server would make: a hold to be confirmed in the browser, or a check for nothing. */
async function newIntent(kind: 'payment' | 'setup', more: Record<string, string> = {}): Promise<string> {
  const ask = async (path: string, form: Record<string, string>) => {
    const headers = { authorization: 'Bearer sk_test_g' }
    const response = await fetch(`${gateway}/v1/${path}`, { method: 'POST', headers, body: new URLSearchParams(form) })
    return (await response.json()) as { id: string; client_secret: string } // Stripe's shape
  }
  const customer = await ask('customers', {})
  const amount = { amount: '100', currency: 'usd', capture_method: 'manual', setup_future_usage: 'off_session' }
  const form = {
    customer: customer.id,
    'payment_method_types[]': 'card',
    ...(kind === 'payment' ? amount : {}),
    ...more,
  }
  return (await ask(`${kind}_intents`, form)).client_secret
}

async function pay(page: Page, secret: string, card: TypedCard, answer: BankAnswer | null): Promise<string> {
  await typeCard(page, card)
  const told = page.evaluate(
    (clientSecret) =>
      clientSecret.startsWith('seti_')
        ? shopStripe.confirmCardSetup(clientSecret, { payment_method: { card: shopCard } })
        : shopStripe.confirmCardPayment(clientSecret, { payment_method: { card: shopCard } }),
    secret,
  )
  if (answer) await answerBank(page, answer)
  return inShort(await told)
}

const inShort = ({ paymentIntent, setupIntent, error }: Told): string =>
  paymentIntent?.status ?? setupIntent?.status ?? `${error?.type} ${error?.code}: ${error?.message}`

const declined = 'card_error card_declined: Your card was declined.'
const unauthenticated =
  'We are unable to authenticate your payment method. Please choose a different payment method and try again.'

describe.runIf(noBrowser === null)(`card fields and 3-D Secure${noBrowser ? ` (${noBrowser})` : ''}`, () => {
  test.each<[what: string, card: TypedCard, bank: BankAnswer | null, told: string]>([
    ['a good card', { number: '4242424242424242' }, null, 'requires_capture'],
    ['a good card of 15 digits', { number: '378282246310005', cvc: '1234' }, null, 'requires_capture'],
    ['digits in full width', { number: '４２４２４２４２４２４２４２４２' }, null, 'requires_capture'],
    ['a declined card', { number: '4000000000000002' }, null, declined],
    ['a card that declines payments', { number: '4000000000000341' }, null, declined],
    ['a lost card says no more than declined', { number: '4000000000009987' }, null, declined],
    [
      'too little money',
      { number: '4000000000009995' },
      null,
      'card_error card_declined: Your card has insufficient funds.',
    ],
    ['an expired card', { number: '4000000000000069' }, null, 'card_error expired_card: Your card has expired.'],
    [
      'a date that has passed at the gateway',
      { number: '4242424242424242', expiry: '1226' },
      null,
      'card_error invalid_expiry_year: Your card’s expiry year is in the past.',
    ],
    ['3-D Secure passed', { number: '4000002500003155' }, 'pass', 'requires_capture'],
    [
      '3-D Secure failed',
      { number: '4000002500003155' },
      'fail',
      `card_error payment_intent_authentication_failure: ${unauthenticated}`,
    ],
    [
      '3-D Secure abandoned',
      { number: '4000002500003155' },
      'abandon',
      `invalid_request_error payment_intent_authentication_failure: ${unauthenticated}`,
    ],
    ['3-D Secure passed, then declined', { number: '4000008400001629' }, 'pass', declined],
    [
      'a number that is not one',
      { number: '4242424242424241' },
      null,
      'validation_error invalid_number: Your card number is invalid.',
    ],
    [
      'half a number',
      { number: '42424242' },
      null,
      'validation_error incomplete_number: Your card number is incomplete.',
    ],
    [
      'a month that is not one',
      { number: '4242424242424242', expiry: '1334' },
      null,
      'validation_error invalid_expiry_month: Your card’s expiry month is invalid.',
    ],
    [
      'no security code',
      { number: '4242424242424242', cvc: '' },
      null,
      'validation_error incomplete_cvc: Your card’s security code is incomplete.',
    ],
  ])('%s', async (_what, card, bank, told) => {
    expect(await pay(await openShop(), await newIntent('payment'), card, bank)).toBe(told)
  })

  test('after a failure, and after closing the bank’s window, the same payment is tried again', async () => {
    const [page, secret] = [await openShop(), await newIntent('payment')]
    expect(await pay(page, secret, { number: '4000000000000002' }, null)).toBe(declined)
    expect(await pay(page, secret, { number: '4000002500003155' }, 'abandon')).toContain('authentication_failure')
    expect(await pay(page, secret, { number: '4000002500003155' }, 'pass')).toBe('requires_capture')
  })

  test('a check for nothing', async () => {
    expect(await pay(await openShop(), await newIntent('setup'), { number: '4000002500003155' }, 'pass')).toBe(
      'succeeded',
    )
  })

  test('a charge of a registered card that asks its payer', async () => {
    const secret = await newIntent('payment', { payment_method: 'pm_card_authenticationRequired', confirm: 'true' })
    const page = await openShop()
    const told = page.evaluate((clientSecret) => shopStripe.handleNextAction({ clientSecret }), secret)
    const bank = await answerBank(page, 'pass')
    expect(bank).toContain('$1.00')
    expect(bank).toContain('visa •••• 3184')
    expect(bank).toContain(new URL(address).host)
    expect(inShort(await told)).toBe('requires_capture')
    expect(inShort(await page.evaluate((it) => shopStripe.retrievePaymentIntent(it), secret))).toBe('requires_capture')
    expect(inShort(await page.evaluate((it) => shopStripe.handleNextAction({ clientSecret: it }), secret))).toBe(
      'requires_capture',
    )
  })

  test('Escape closes the bank’s window', async () => {
    const page = await openShop()
    await typeCard(page, { number: '4000002500003155' })
    const told = page.evaluate(
      (secret) => shopStripe.confirmCardPayment(secret, { payment_method: { card: shopCard } }),
      await newIntent('payment'),
    )
    await page.frameLocator('iframe[src$="/browser/three-d-secure"]').getByRole('button', { name: 'Approve' }).waitFor()
    await page.keyboard.press('Escape')
    expect(inShort(await told)).toContain('payment_intent_authentication_failure')
    expect(await page.locator('dialog').count()).toBe(0)
  })

  test('B17 in Japanese', async () => {
    const page = await openShop('ja')
    expect(await pay(page, await newIntent('payment'), { number: '4000000000000002' }, null)).toBe(
      'card_error card_declined: カードが拒否されました。',
    )
    await typeCard(page, { number: '4000002500003155' })
    const secret = await newIntent('payment', { amount: '31195', currency: 'jpy' })
    const told = page.evaluate(
      (clientSecret) => shopStripe.confirmCardPayment(clientSecret, { payment_method: { card: shopCard } }),
      secret,
    )
    expect(await answerBank(page, 'pass')).toContain('￥31,195')
    expect(inShort(await told)).toBe('requires_capture')
  })

  test('B5 the page hears the brand and whether it is complete, never what was typed', async () => {
    const page = await openShop()
    const fields = page.frameLocator('iframe[src$="/browser/card"]')
    await fields.getByLabel('Card number').pressSequentially('5555555555554444')
    expect(await fields.getByLabel('Card number').inputValue()).toBe('5555 5555 5555 4444')
    await fields.getByLabel('Expiry date').pressSequentially('434')
    expect(await fields.getByLabel('Expiry date').inputValue()).toBe('04 / 34')
    await fields.getByLabel('Security code').pressSequentially('123')
    await fields.getByLabel('Security code').blur()
    await expect.poll(() => page.evaluate(() => shopHeard.at(-1))).toBe('mastercard true')
    expect(await page.evaluate(() => shopHeard)).toEqual(['unknown false', 'mastercard false', 'mastercard true'])
    const reached = await page.evaluate(() => {
      const frame = document.querySelector('iframe')
      return frame?.contentDocument === null
    })
    expect(reached).toBe(true)
  })

  test('B5 fields that were opened by their page listen to nobody who comes later', async () => {
    const page = await openShop()
    await typeCard(page, { number: '4242424242424242' })
    const answered = await page.evaluate(async () => {
      const { port1, port2 } = new MessageChannel()
      const heard = new Promise<string>((resolve) => {
        Object.assign(port1, { onmessage: () => resolve('heard') })
      })
      document
        .querySelector('iframe')
        ?.contentWindow.postMessage({ open: 'gateway', key: 'pk_test_g', locale: 'en', type: 'card' }, '*', [port2])
      port1.postMessage({ ask: 1, name: 'check', given: {} })
      // The fields answer their own page after that: had they heard the stranger, it was answered before.
      await shopStripe.confirmCardPayment('pi_none_secret_x', { payment_method: { card: shopCard } })
      return Promise.race([heard, 'nothing'])
    })
    expect(answered).toBe('nothing')
  })

  test('F15 a double click on Submit is one attempt', async () => {
    const [page, secret] = [await openShop(), await newIntent('payment')]
    const confirmations: string[] = []
    page.on('request', (request) => {
      if (request.url().endsWith('/confirm')) confirmations.push(request.url())
    })
    await typeCard(page, { number: '4000000000000002' })
    const told = await page.evaluate(async (clientSecret) => {
      const click = () => shopStripe.confirmCardPayment(clientSecret, { payment_method: { card: shopCard } })
      return Promise.all([click(), click()])
    }, secret)
    expect(told.map(inShort)).toEqual([declined, declined])
    expect(confirmations.length).toBe(1)
  })

  test.each([
    ['timeout_before', 'api_connection_error undefined: The gateway could not be reached.'],
    ['error_500', 'api_error undefined: Something went wrong at the gateway.'],
  ] as const)(
    'a gateway in trouble (%s) is no declined card, and the payer may press again',
    async (fault, message) => {
      const [page, secret] = [await openShop(), await newIntent('payment')]
      // More than once: a browser sends again by itself what a kept connection lost.
      simulator.simulator.faults.arm({ fault, step: 'confirm', times: 5 })
      expect(await pay(page, secret, { number: '4242424242424242' }, null)).toContain(message)
      simulator.simulator.faults.clear()
      expect(await pay(page, secret, { number: '4242424242424242' }, null)).toBe('requires_capture')
    },
  )

  test('fields that are taken away answer who waits for them', async () => {
    const page = await openShop()
    await typeCard(page, { number: '4000002500003155' })
    const told = await page.evaluate(
      async (secret) => {
        const confirmation = shopStripe.confirmCardPayment(secret, { payment_method: { card: shopCard } })
        shopCard.unmount()
        return confirmation
      },
      await newIntent('payment'),
    )
    expect(inShort(told)).toContain('element_removed')
  })
})
