/** What arrives by mail, opened in a real browser: the sandbox's mailbox, and where the link in a mail leads. */
import type { AddressInfo } from 'node:net'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { buildApi } from '../../src/api/app.ts'
import { testDatabase } from '../support/database.ts'
import { accountWithCard } from '../support/engine.ts'
import { catcherForTest, mailerForTest } from '../support/mail.ts'
import { accountNumber, freshEngine, idleOf } from '../support/scenes.ts'
import { launchBrowser, noBrowser } from './browser.ts'

const database = testDatabase()
let browser: Browser
beforeAll(async () => {
  if (!noBrowser) browser = await launchBrowser()
})
afterAll(() => browser?.close())

const email = `${accountNumber(1)}@example.com`
const password = 'a new and long password'

describe.runIf(noBrowser === null)(`mail${noBrowser ? ` (${noBrowser})` : ''}`, () => {
  test('B17 a forgotten password, from the mailbox to the new one, with the token sent to nobody but the API', async () => {
    const catcher = await catcherForTest()
    const engine = await freshEngine(database, { mailer: mailerForTest(catcher.smtpUrl) })
    await accountWithCard(engine, accountNumber(1))
    const controls = { people: [], isIdle: async () => true, behave: async () => undefined }
    const app = await buildApi({
      system: engine.system,
      clock: { now: async () => engine.now() },
      settings: { sandbox: true, publicUrl: 'http://localhost' },
      sandbox: { controls, mailbox: catcher },
    })
    onTestFinished(() => app.close())
    await app.listen({ host: '127.0.0.1', port: 0 })
    const ours = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}` // it listens on a port
    const post = (path: string, body: object) => app.inject({ method: 'POST', url: `/api${path}`, payload: body })
    await post('/password-resets', { email })
    await idleOf({ ...engine.system, publicUrl: ours }, engine.now())

    const context = await browser.newContext({ locale: 'en-GB' })
    onTestFinished(() => context.close())
    const page = await context.newPage()
    const addresses: string[] = []
    context.on('request', (request) => addresses.push(request.url().replace(/#.*/, '')))
    await page.goto(`${ours}/sandbox/mail`)
    await page.getByRole('link', { name: 'Set a new password' }).click()
    await page.frameLocator('iframe').getByRole('heading', { name: 'Set a new password' }).waitFor()
    const opened = context.waitForEvent('page')
    await page.frameLocator('iframe').getByRole('link', { name: 'Set a new password' }).click()
    const setting = await opened
    const token = decodeURIComponent(new URL(setting.url()).hash.slice(1))
    await setting.getByLabel('New password').fill(password)
    await setting.getByRole('button', { name: 'Set password' }).click()
    await setting.getByText('Your password is set. You can sign in with it now.').waitFor()

    expect((await post('/sign-in', { email, password })).statusCode).toBe(200)
    expect(token.length).toBeGreaterThan(30)
    expect(addresses.filter((address) => address.includes(token))).toEqual([])
    expect(addresses.every((address) => address.startsWith(ours))).toBe(true)
    expect(setting.url()).toBe(`${ours}/set-password`)
  })
})
