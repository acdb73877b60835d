/**
 * `npm run shots [-- <address>]`: a picture of every page and state of a running sandbox (`npm start`), in both languages
 * and themes, for a phone and for a desk, into `shots/`; to be looked at before a change of the look is called done.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { emailOf, sandboxPassword } from '../../src/demo/residents.ts'
import { launchBrowser } from './browser.ts'
import { typeCard } from './card-fields.ts'

interface Shot {
  readonly name: string
  /** Number of the resident who looks; null is nobody. */
  readonly who: number | null
  readonly path: string
  /** What is done there first. */
  readonly act?: (page: Page) => Promise<unknown>
}

const settings = '/payment-settings/g'
const detail = `${settings}/detail`
const card = `${settings}/card`
const shots: readonly Shot[] = [
  { name: 'sign-in', who: null, path: '/sign-in' },
  { name: 'forgotten-password', who: null, path: '/forgotten-password' },
  { name: 'set-password', who: null, path: '/set-password#none' },
  { name: 'unknown-page', who: 1, path: '/nowhere', act: (page) => page.goto('/payment-settings/nowhere') },
  { name: 'menu', who: 1, path: settings, act: (page) => page.getByRole('button', { name: menu }).click() },
  { name: 'security', who: 1, path: '/security' },
  ...Array.from({ length: 16 }, (_, index) => ({ name: `resident-${index + 1}`, who: index + 1, path: settings })),
  { name: 'resident-2-jp', who: 2, path: '/payment-settings/jp' },
  { name: 'history', who: 13, path: '/billing/g' },
  ...[2, 3, 4, 5, 6, 11, 12].map((who) => ({ name: `detail-${who}`, who, path: detail })),
  ...[2, 6, 7].map((who) => ({ name: `card-${who}`, who, path: card })),
  { name: 'card-mistyped', who: 11, path: card, act: (page) => typeCard(page, { number: '4242424242424241' }) },
  { name: 'card-offline', who: 11, path: card, act: (page) => page.context().setOffline(true) },
  { name: 'detail-offline', who: 2, path: detail, act: (page) => page.context().setOffline(true) },
  { name: 'sandbox-bar', who: 2, path: settings, act: (page) => page.addStyleTag({ content: shown }) },
]
const menu = /Account menu|アカウントメニュー/
const shown = '.sandbox { display: block !important }'

const sizes = { phone: { width: 390, height: 844 }, wide: { width: 1280, height: 900 } }

const { values, positionals } = parseArgs({ allowPositionals: true, options: { only: { type: 'string' } } })
const baseURL = positionals[0] ?? 'http://127.0.0.1:8480'
const folder = join(import.meta.dirname, '..', '..', 'shots')
mkdirSync(folder, { recursive: true })
const browser = await launchBrowser()
const wanted = shots.filter(({ name }) => values.only === undefined || values.only.split(',').includes(name))
for (const shot of wanted) for (const language of ['en', 'ja']) await take(browser, shot, language)
await browser.close()

/** A visit in each theme, two pictures of it. */
async function take(browser: Browser, { name, who, path, act }: Shot, language: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    // The bar of the sandbox is hidden by a style of ours, but where it is what is shown.
    const options = { baseURL, locale: language, colorScheme, reducedMotion: 'reduce', bypassCSP: true } as const
    const context = await browser.newContext(options)
    if (who !== null) {
      const data = { email: emailOf(`OP${who}`), password: sandboxPassword }
      await context.request.post('/api/sign-in', { data })
    }
    const page = await context.newPage()
    await page.goto(path)
    await page.waitForLoadState('networkidle')
    await page.addStyleTag({ content: '.sandbox { display: none }' })
    await act?.(page)
    for (const [size, viewport] of Object.entries(sizes)) {
      await page.setViewportSize(viewport)
      await page.screenshot({ path: join(folder, `${name}.${language}.${colorScheme}.${size}.png`), fullPage: true })
    }
    await context.close()
  }
}
