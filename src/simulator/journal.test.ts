/** The books on disk: the same after a crash, whatever the crash tore. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { instant } from '../domain/calendar.ts'
import { simulatedGateway } from './as-gateway.ts'
import { simulatedPayer } from './payer.ts'
import { httpPayer } from './payer-http.ts'
import { openSimulator, type Simulator } from './simulator.ts'

const start = instant(Date.UTC(2027, 2, 1))
const now = () => start
const number = '4242424242424242'
const card = { number, expMonth: 12, expYear: 2034, cvc: '123' }

let folder: string
let journalPath: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kessai-journal-'))
  journalPath = join(folder, 'books', 'journal.ndjson')
})
afterEach(() => rmSync(folder, { recursive: true }))

async function someMonths(simulator: Simulator): Promise<void> {
  const gateway = simulatedGateway({ simulator, secretKey: 'sk_test_g', now })
  const { apiVersion } = gateway
  const created = await gateway.createCustomer({ accountId: 'OP1', coverage: 'g' })
  if (created.outcome !== 'approved') throw new Error(created.outcome)
  const { customerId } = created
  const common = { accountId: 'OP1', coverage: 'g', customerId, currency: 'USD', apiVersion }
  const begun = await gateway.beginRegistration({ ...common, chargeId: 'v1', amountMinor: 100n })
  if (begun.outcome !== 'approved') throw new Error(begun.outcome)
  await simulatedPayer({ simulator, account: 'g', now }).confirm({ clientSecret: begun.clientSecret, card })
  const found = await gateway.lookUp({ chargeId: 'v1', customerId, paymentId: begun.paymentId, since: start })
  const paymentMethodId = found.outcome === 'found' ? (found.payment.card?.paymentMethodId ?? '') : ''
  simulator.issuer.tell('*', [{ kind: 'limit', per: 'day', amountMinor: 5000n, currency: 'USD' }])
  for (const chargeId of ['c1', 'c2', 'c3', 'c4']) {
    const hold = {
      ...common,
      chargeId,
      subjectId: chargeId,
      trigger: 'run',
      paymentMethodId,
      amountMinor: 2000n,
      offSession: true,
    }
    const held = await gateway.hold(hold)
    if (held.outcome === 'approved' && chargeId !== 'c2') await gateway.capture({ ...hold, paymentId: held.paymentId })
  }
}

describe('replay', () => {
  it('brings back the same books, rules and keys included', async () => {
    const before = openSimulator({ seed: 3, journalPath })
    await someMonths(before)
    const after = openSimulator({ seed: 3, journalPath })
    const { unwritten: _before, ...booksBefore } = before.books
    const { unwritten: _after, ...booksAfter } = after.books
    expect(booksAfter).toEqual(booksBefore)
    await someMonths(after)
    expect([...after.payments(start)], 'the same keys give the same answers').toHaveLength(5)
  })

  it('cuts off a torn last line, and goes on after the last whole one', async () => {
    const before = openSimulator({ seed: 3, journalPath })
    await someMonths(before)
    const payments = [...before.payments(start)]
    before.close()
    const { size } = statSync(journalPath)
    appendFileSync(journalPath, '[["payment","g",{"id":"pi_torn","am')
    const after = openSimulator({ seed: 3, journalPath })
    expect([...after.payments(start)]).toEqual(payments)
    expect(statSync(journalPath).size).toBe(size)
    after.issuer.cure('x')
    after.close()
    expect(openSimulator({ seed: 3, journalPath }).books.rules.get('x')).toEqual([{ kind: 'cured' }])
  })

  it('F57 holds no card number', async () => {
    const simulator = openSimulator({ seed: 3, journalPath })
    await someMonths(simulator)
    simulator.close()
    expect(readFileSync(journalPath, 'utf8')).not.toContain(number)
  })
})

describe('kill -9', () => {
  it('loses nothing that was answered', async () => {
    const serve = join(import.meta.dirname, 'serve.ts')
    const program = `
      const { serveSimulator } = await import(${JSON.stringify(serve)})
      const { port } = await serveSimulator({ port: 0, seed: 3, controlKey: 'c', now: () => ${start},
        journalPath: ${JSON.stringify(journalPath)} })
      console.log(port)`
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [printed] = await once(child.stdout, 'data')
    const baseUrl = `http://127.0.0.1:${String(printed).trim()}`
    const headers = { authorization: 'Bearer sk_test_g', 'idempotency-key': 'c1:hold' }
    const form = 'amount=1234&currency=usd&capture_method=manual&payment_method_types[]=card&metadata[kessai_charge]=c1'
    const created = await fetch(`${baseUrl}/v1/payment_intents`, {
      method: 'POST',
      headers,
      body: new URLSearchParams(form),
    })
    const clientSecret = /pi_\w+_secret_[\w-]+/.exec(await created.text())?.[0] ?? ''
    await httpPayer({ baseUrl, publishableKey: 'pk_test_g' }).confirm({ clientSecret, card })
    child.kill('SIGKILL')
    await once(child, 'exit')
    const after = openSimulator({ seed: 3, journalPath })
    expect([...after.payments(start)]).toMatchObject([
      { chargeId: 'c1', status: 'requires_capture', amountMinor: 1234n },
    ])
    expect(readFileSync(journalPath, 'utf8'), 'F57').not.toContain(number)
  })
})
