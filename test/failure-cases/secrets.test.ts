/** F57: what was typed into the card fields, and what we keep secret, is nowhere in what we write. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import pino from 'pino'
import Stripe from 'stripe'
import { expect, onTestFinished, test } from 'vitest'
import { stripeGateway } from '../../src/adapters/stripe/gateway.ts'
import { activate } from '../../src/operations/activate.ts'
import { addAccounts } from '../../src/operations/add-accounts.ts'
import { beginRegistration, finishRegistration } from '../../src/operations/register-card.ts'
import { tellAccount } from '../../src/operations/tell-account.ts'
import { stripeWire } from '../../src/simulator/stripe-wire.ts'
import { fetchOf } from '../../src/simulator/wire.ts'
import { goOn } from '../support/crash.ts'
import { testDatabase } from '../support/database.ts'
import { addFees, type Engine } from '../support/engine.ts'
import { closing, freshEngine } from '../support/scenes.ts'
import { wholeDatabase } from '../support/whole-database.ts'

const database = testDatabase()
const accountId = 'OP0000000001'
const numbers = ['4242424242424242', '5555555555554444', '4000000000009995', '4000000000000002']

/** Registers, and answers the secret that the payer's browser was handed. */
async function register(engine: Engine, number: string): Promise<string> {
  const begun = await beginRegistration(engine.system, { accountId, coverage: 'g' }, engine.now())
  if ('refused' in begun) throw new Error(begun.refused)
  const card = { number, expMonth: 12, expYear: 2034, cvc: '847' }
  await engine.payer('g').confirm({ clientSecret: begun.clientSecret, card })
  await finishRegistration(engine.system, begun.registrationId, engine.now())
  await engine.idle()
  return begun.clientSecret
}

test('F57 no card number, key or client secret in the database, the journal, the log or a story', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kessai-secrets-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const journalPath = join(folder, 'journal')
  const logged: string[] = []
  const log = pino(
    { level: 'trace' },
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        logged.push(chunk.toString())
        done()
      },
    }),
  )
  const secretKey = 'sk_test_g'
  const engine = await freshEngine(database, {
    journalPath,
    log,
    gatewayOf: (coverage, simulator, now) => {
      const httpClient = Stripe.createFetchHttpClient(fetchOf(stripeWire({ simulator, now, controlKey: null })))
      return stripeGateway({ secretKey: `sk_test_${coverage}`, timeoutMs: 10_000, httpClient })
    },
  })
  const account = { accountId, kind: 'individual' as const, email: 'root@example.com', coverages: ['g'] }
  await addAccounts(engine.system, [account], engine.now())
  const secrets = [secretKey, 'sk_test_jp']
  for (const number of numbers.toReversed()) secrets.push(await register(engine, number))

  // A month with a decline, a lost answer, a stored 500, refusals and an Activate.
  await addFees(engine, [{ accountId, month: '2027-01', amount: '12.34' }])
  engine.setNow(closing)
  engine.simulator.issuer.tell('*', [{ kind: 'decline', declineCode: 'stolen_card' }])
  await engine.idle()
  engine.simulator.issuer.tell('*', [])
  secrets.push(await register(engine, numbers[1] ?? ''))
  engine.simulator.faults.set({ unauthorised: true })
  await activate(engine.system, { accountId, coverage: 'g' }, engine.now())
  await engine.idle()
  engine.simulator.faults.set({ unauthorised: false })
  engine.simulator.faults.arm({ fault: 'error_500_stored_after', step: 'hold' })
  await goOn(engine, 3 * 86_400_000)
  log.error({ request: 'a line, so that there is a log' }, 'done')

  const story = await tellAccount(engine.system, accountId, 'en')
  const written = {
    database: await wholeDatabase(database.pool),
    journal: readFileSync(journalPath, 'utf8'),
    log: logged.join(''),
    story: JSON.stringify(story, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
  }
  for (const [where, text] of Object.entries(written)) {
    expect(text.length, where).toBeGreaterThan(10)
    for (const number of numbers) {
      expect(text.includes(number), `${number} in the ${where}`).toBe(false)
      expect(text.includes(number.replace(/(.{4})(?=.)/g, '$1 ')), `${number} in groups in the ${where}`).toBe(false)
    }
    expect(/"cvc"|"847"/.test(text), `a security code in the ${where}`).toBe(false)
    for (const secret of secrets) expect(text.includes(secret), `a secret in the ${where}`).toBe(false)
  }
  // Nor anything else that could be one: 13 to 19 digits in a row that pass the check of card numbers.
  const runs = Object.values(written).flatMap((text) => text.match(/(?<![\d.-])\d{13,19}(?![\d-])/g) ?? [])
  expect(runs.filter(isCardNumber)).toEqual([])
})

function isCardNumber(digits: string): boolean {
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 1 ? 2 : 1)
    return total + (value > 9 ? value - 9 : value)
  }, 0)
  return sum % 10 === 0 && /^[3-6]/.test(digits)
}
