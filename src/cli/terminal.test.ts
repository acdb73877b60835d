/** A month from the terminal, on the real parts: commands, PostgreSQL, the simulator over HTTP and the real SDK. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { testDatabase } from '../../test/support/database.ts'
import { goodCard } from '../../test/support/engine.ts'
import { beginRegistration, finishRegistration } from '../operations/register-card.ts'
import { databaseOn } from '../postgres/database.ts'
import { readSettings } from '../settings.ts'
import { httpPayer } from '../simulator/payer-http.ts'
import { wire } from '../wiring.ts'
import { runProgram } from './program.ts'

const database = testDatabase()
let folder: string
const stop = new AbortController()
let served: Promise<void>
let port: number

const environment = () => ({ DATABASE_URL: database.url, KESSAI_DATA: folder, KESSAI_LOG: 'silent' })
const parts = (more: Record<string, string> = {}) => ({
  wire: async () => wire(readSettings({ ...environment(), ...more }, folder)),
  start: async () => undefined,
  demo: async () => undefined,
})

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kessai-terminal-'))
  port = await new Promise<number>((onReady, reject) => {
    served = wire(readSettings(environment(), folder)).simulate({ seed: 'terminal', signal: stop.signal, onReady })
    served.catch(reject)
  })
})
afterAll(async () => {
  stop.abort()
  await served
  rmSync(folder, { recursive: true })
})

interface Said {
  readonly code: number
  readonly out: string
  readonly err: string
}

async function kessai(line: string, more: Record<string, string> = {}): Promise<Said> {
  const out: string[] = []
  const err: string[] = []
  const keep = (into: string[]) => (text: string | Uint8Array) => into.push(String(text)) > 0
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(keep(out)),
    vi.spyOn(process.stderr, 'write').mockImplementation(keep(err)),
  ]
  try {
    const code = await runProgram(parts(more), line.split(' '))
    return { code, out: out.join(''), err: err.join('') }
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}

const jsonOf = ({ out }: Said): unknown => JSON.parse(out)
const file = (name: string, lines: readonly unknown[]): string => {
  const path = join(folder, name)
  writeFileSync(path, `${lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n')}\n`)
  return path
}

const withCard = 'OP0000000001'
const withoutMethod = 'OP0000000002'
const growing = 'OP0000000003'

async function registerCard(accountId: string): Promise<void> {
  const opened = await wire(readSettings(environment(), folder)).open()
  try {
    const now = await opened.clock.now()
    const begun = await beginRegistration(opened.system, { accountId, coverage: 'g' }, now)
    if ('refused' in begun) throw new Error(begun.refused)
    const payer = httpPayer({ baseUrl: `http://127.0.0.1:${port}`, publishableKey: 'pk_test_g' })
    await payer.confirm({ clientSecret: begun.clientSecret, card: goodCard })
    expect(await finishRegistration(opened.system, begun.registrationId, now)).toEqual({ status: 'registered' })
  } finally {
    await opened.close()
  }
}

const fee = (externalId: string, accountId: string, date: string, amount: string) => ({
  externalId,
  accountId,
  coverage: 'g',
  date,
  item: 'data',
  amount,
  currency: 'USD',
})

describe('a month, in the order of the help', () => {
  test('accounts come in, lines that are wrong are refused by number', async () => {
    const accounts = [withCard, withoutMethod, growing].map((accountId) => ({
      accountId,
      kind: 'business',
      email: `${accountId}@example.com`,
      coverages: ['g'],
    }))
    const path = file('accounts.ndjson', [...accounts, 'nonsense', { ...accounts[0], coverages: ['eu'] }, ''])
    expect(jsonOf(await kessai(`import-accounts ${path} --json`))).toMatchObject({
      read: 5,
      imported: 3,
      refused: 2,
      refusedLines: [
        { line: 4, code: 'not_json' },
        { line: 5, code: 'coverages_malformed' },
      ],
    })
    expect((await kessai(`import-accounts ${path}`)).code).toBe(2)
  })

  test('the sandbox’s clock is set and stands still', async () => {
    expect(await kessai('clock jump --to 2027-01-05')).toMatchObject({ code: 0 })
    await kessai('clock freeze')
    await kessai('clock jump --to 2027-01-05T09:00Z')
    expect(jsonOf(await kessai('clock show --json'))).toEqual({
      now: '2027-01-05T09:00:00.000Z',
      frozen: true,
      offsetMs: null,
    })
  })

  test('fees come in, and the month waits for its end', async () => {
    await registerCard(withCard)
    await registerCard(growing)
    const path = file('fees.ndjson', [
      fee('1', withCard, '20270102', '12.345'),
      fee('2', withoutMethod, '20270103', '5'),
      fee('3', growing, '20270103', '1'),
    ])
    expect(jsonOf(await kessai(`import-fees ${path} --json`))).toMatchObject({ imported: 3 })
    const early = await kessai('close-month --coverage g --month 2027-01')
    expect(early).toMatchObject({ code: 4, err: expect.stringContaining('is not over yet') })
    const open = await kessai('collect --coverage g --month 2027-01')
    expect(open).toMatchObject({ code: 4, err: expect.stringContaining('bin/kessai close-month') })
  })

  test('it closes, once', async () => {
    await kessai('clock jump --to 2027-02-01T01:00Z')
    const closed = await kessai('close-month --coverage g --month 2027-01 --json')
    expect(jsonOf(closed)).toMatchObject({
      closed: true,
      accounts: 3,
      invoices: [{ status: 'scheduled', invoices: 3 }],
    })
    expect(jsonOf(await kessai('close-month --coverage g --month 2027-01 --json'))).toMatchObject({ closed: false })
  })

  test('a preview says what would be done, and writes nothing', async () => {
    const preview = await kessai('collect --coverage g --month 2027-01 --preview')
    expect(preview.out).toMatch(/charge +2 +\$13\.35/)
    expect(preview.out).toMatch(/skip: method missing +1 +\$5\.00/)
    expect(preview.out).toMatch(/OP0000000001 +\$12\.35/)
    expect(await chargesOf('run')).toEqual([])
  })

  test('a paused month is not collected', async () => {
    await kessai('run pause --coverage g --month 2027-01 --reason audit')
    expect(await kessai('collect --coverage g --month 2027-01')).toMatchObject({
      code: 4,
      err: expect.stringMatching(/paused: audit/),
    })
    expect((await kessai('run status')).out).toMatch(/g +2027-01 +paused/)
    expect((await kessai('run resume --coverage g')).code).toBe(0)
    expect((await kessai('run resume --coverage g')).code).toBe(4)
  })

  test('it is collected', async () => {
    expect(jsonOf(await kessai('collect --coverage g --month 2027-01 --json'))).toMatchObject({
      invoices: [
        { status: 'outstanding', invoices: 1, dueMinor: 500 },
        { status: 'paid', invoices: 2, totalMinor: 1335, dueMinor: 0 },
      ],
      outstandingByCode: [{ code: 'missing', invoices: 1 }],
    })
    expect(await chargesOf('run')).toEqual(['captured', 'captured'])
  })

  test('the story of a customer is told in order, in 80 columns, in both languages', async () => {
    const { out } = await kessai(`account show ${withCard}`)
    const parts = ['Card registered: Visa •••• 4242', 'January 2027: $12.35', 'captured 1 Feb', 'Payment received']
    expect(parts.map((part) => out.indexOf(part))).toEqual(parts.map((part) => out.indexOf(part)).sort((a, b) => a - b))
    expect(parts.filter((part) => !out.includes(part))).toEqual([])
    for (const line of out.split('\n')) expect([...line].length).toBeLessThanOrEqual(80)
    expect((await kessai(`account show ${withCard} --language ja`)).out).toContain('決済完了：$12.35')
    expect(jsonOf(await kessai(`account show ${withoutMethod} --json`))).toMatchObject({
      skips: [{ reason: 'method_missing', skippedAt: '2027-02-01T01:00:00.000Z' }],
    })
  })

  test('time goes on through every day’s retries and the next month’s end', async () => {
    await kessai(`import-fees ${file('more.ndjson', [fee('4', growing, '20270203', '50')])}`)
    const advanced = jsonOf(await kessai('clock advance --to 2027-03-02 --json'))
    expect(advanced).toMatchObject({ to: '2027-03-02T00:00:00.000Z' })
    const skips = await sql<{ days: bigint }>`select count(*) as days from skips`.execute(pool())
    expect(Number(skips.rows[0]?.days)).toBe(29)
    expect((await kessai('clock advance')).code).toBe(5)
    expect((await kessai('clock advance --to 2027-01-01')).code).toBe(4)
  })

  test('an unusual invoice waits until somebody approves it, once', async () => {
    const preview = await kessai('collect --coverage g --month 2027-02 --preview')
    const [id = ''] = /[0-9a-f-]{36}/.exec(preview.out.split('approve ID')[1] ?? '') ?? []
    expect((await kessai(`invoice show ${id}`)).out).toContain('awaiting approval')
    expect(jsonOf(await kessai(`invoice approve ${id} --by Ada --json`))).toMatchObject({
      status: 'scheduled',
      dueMinor: 5000,
    })
    expect(await kessai(`invoice approve ${id}`)).toMatchObject({
      code: 4,
      err: expect.stringContaining('this one is scheduled'),
    })
    await kessai('collect --coverage g --month 2027-02')
    expect((await kessai(`invoice show ${id}`)).out).toMatch(/Invoice approved by Ada[\s\S]*Payment received: \$50\.00/)
  })

  test('what reached the bank is listed, and the books agree to the cent or the exit code says so', async () => {
    const said = await kessai('payouts --coverage g')
    expect(said.out).toMatch(/ to the cent$/m)
    expect(said.code).toBe(0)
    expect(jsonOf(await kessai('payouts --coverage g --last 1 --json'))).toMatchObject({
      currency: 'USD',
      payouts: [{ coverage: 'g', entriesRead: true, refundedMinor: 0 }],
      clearing: { agrees: true, differenceMinor: 0, open: 0 },
    })
    const judge = (verdict: string) =>
      sql`update balance_entries set verdict = ${verdict} where kind = 'capture' and coverage = 'g'`.execute(pool())
    await judge('open')
    expect(await kessai('payouts --coverage g')).toMatchObject({
      code: 2,
      out: expect.stringMatching(/not to the cent\n {2}at the gateway and not in our books: \d+ entr/),
    })
    await judge('ours')
  })

  test('the books are compared with the gateway’s, and the exit code says when a person is needed', async () => {
    const agreed = await kessai('reconcile --coverage g --from 2027-01-01')
    expect(agreed).toMatchObject({ code: 0, out: expect.stringMatching(/^g, 2027-01-01 to 2027-\S+: \d+ payments, /) })
    expect(agreed.out).toMatch(/the books agree$/m)
    const took = (minor: string) =>
      sql`update charges set captured_minor = captured_minor + ${sql.raw(minor)} where charge_id =
        (select min(charge_id::text)::uuid from charges where status = 'captured' and coverage = 'g')`.execute(pool())
    await took('1')
    const differs = await kessai('reconcile --coverage g --from 2027-01-01')
    expect(differs).toMatchObject({
      code: 2,
      out: expect.stringMatching(/^1 {2}queued {2}Both took money for a charge/m),
    })
    expect(jsonOf(await kessai('reconcile --coverage g --from 2027-01-01 --json'))).toMatchObject({
      stage: 'done',
      differences: [{ kind: 'amount_differs', outcome: 'queued', times: 1 }],
    })
    await took('-1')
    expect((await kessai('reconcile --coverage g --from yesterday')).code).toBe(5)
    expect((await kessai('reconcile --coverage g --from 2027-02-02 --to 2027-02-01')).code).toBe(5)
  })

  test('every invariant holds, and one that does not is printed', async () => {
    expect(await kessai('check')).toMatchObject({ code: 0, out: expect.stringMatching(/all \d+ hold/) })
    await sql`update payment_settings set credit_minor = 7 where account_id = ${withCard}`.execute(pool())
    const broken = await kessai('check')
    expect(broken.code).toBe(2)
    expect(broken.out).toMatch(
      /✗ An account’s credit[\s\S]*account_id=OP0000000001 coverage=g credit_minor=7 ledger_minor=0/,
    )
  })
})

const pool = () => databaseOn(database.pool)

async function chargesOf(trigger: string): Promise<string[]> {
  const { rows } = await sql<{ status: string }>`
    select status from charges where trigger = ${trigger} order by charge_id`.execute(pool())
  return rows.map(({ status }) => status)
}

const wrong: readonly [line: string, code: number, says: RegExp][] = [
  ['wrker', 5, /Did you mean worker\?/],
  ['worker --lanes none', 5, /whole number/],
  ['worker --lins 4', 5, /Did you mean --lanes\?/],
  ['collect --coverage g', 5, /--month <YYYY-MM>' not specified/],
  ['collect --coverage g --month 2027-13', 5, /"2027-13" is no month: write it as YYYY-MM/],
  ['collect --coverage eu --month 2027-01', 5, /no coverage "eu": there are g, jp/],
  ['collect --coverage g --month 2020-01', 3, /no run for 2020-01/],
  ['account show OP1', 5, /OP and ten digits/],
  ['account show OP0000009999', 3, /no account OP0000009999/],
  ['invoice show 17', 5, /no invoice id: it looks like/],
  ['invoice show 01a208fa-7e04-788a-80ad-572ca4bec6b9', 3, /no invoice 01a2/],
  ['run status --month 2020-01', 3, /no run for 2020-01/],
  ['clock jump --to tomorrow', 5, /"tomorrow" is no time/],
  ['import-accounts nowhere.ndjson', 1, /nowhere\.ndjson cannot be read/],
]

test.each(wrong)('%s: %i', async (line, code, says) => {
  const said = await kessai(line)
  expect(said.err).toMatch(says)
  expect(said.code).toBe(code)
})

test('an error is JSON too where JSON was asked for', async () => {
  expect(jsonOf(await kessai('account show OP1 --json'))).toMatchObject({
    exitCode: 5,
    error: expect.stringContaining('OP1'),
  })
})

test('time is not moved where Stripe collects', async () => {
  for (const line of ['clock jump --to 2027-01-01', 'clock advance --days 1', 'clock freeze', 'clock run']) {
    const said = await kessai(line, { STRIPE_SECRET_KEY_JP: 'sk_test_x' })
    expect(said).toMatchObject({ code: 4, err: expect.stringMatching(/jp is collected through Stripe/) })
  }
})

test('a database that is behind, or not there, is told with what to do', async () => {
  const empty = await database.another('empty')
  expect(await kessai('check', { DATABASE_URL: empty })).toMatchObject({
    code: 1,
    err: expect.stringMatching(/bin\/kessai migrate/),
  })
  const nowhere = { DATABASE_URL: 'postgres://kessai@127.0.0.1:1/kessai' }
  expect(await kessai('check', nowhere)).toMatchObject({
    code: 1,
    err: expect.stringMatching(/is PostgreSQL running there/),
  })
})
