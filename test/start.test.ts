/**
 * `npm start` and the guides, as people meet them: one sandbox, made once. What its residents are said to be they are,
 * what it prints works as printed, and `kill -9` loses nothing.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { emailOf, residents, sandboxPassword } from '../src/demo/residents.ts'
import { followGuide } from './support/guides.ts'
import { type Resident, residentOn } from './support/resident.ts'
import { endSandboxes, isAlive, type Sandbox, startSandbox } from './support/sandbox.ts'

const patienceMs = 300_000
let folder: string
let sandbox: Sandbox

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kessai-start-test-'))
  // The database server may run as another user, who has to pass through.
  chmodSync(folder, 0o755)
  sandbox = await startSandbox(folder, { json: true })
}, patienceMs)
afterAll(async () => {
  await endSandboxes()
  rmSync(folder, { recursive: true, force: true })
}, patienceMs)

const get = async (path: string) => {
  const response = await fetch(`${sandbox.address}${path}`)
  return { status: response.status, type: response.headers.get('content-type') ?? '', text: await response.text() }
}
const signIn = (email: string, staff = ''): Promise<Resident> =>
  residentOn(sandbox.address, `${staff}/sign-in`, { email, password: sandboxPassword })

/** What there is to see of an account: settings per coverage, invoices by coverage and month, then what else it has. */
const expected: Readonly<Record<string, readonly string[]>> = {
  OP0000000001: ['g card good', 'jp card good', 'paid paid paid paid', 'A-1001 held'],
  OP0000000002: [
    'g card overdue, payment_failed card_declined',
    'jp card good',
    'paid outstanding paid paid',
    'A-1000 quoted',
  ],
  OP0000000003: ['g card overdue, payment_failed card_declined, no activate: code_forbids_retry', 'paid outstanding'],
  OP0000000004: ['g card expired overdue, payment_failed card_declined', 'paid outstanding'],
  OP0000000005: ['g card suspended, payment_failed card_declined', 'outstanding outstanding'],
  OP0000000006: ['g none suspended, payment_failed missing, no activate: method_missing', 'outstanding outstanding'],
  OP0000000007: ['g trial good', 'waived waived'],
  OP0000000008: ['g none overdue, payment_failed missing, no activate: method_missing', 'waived outstanding'],
  OP0000000009: ['g card good', 'carried_over carried_over'],
  OP0000000010: ['g card good', 'paid awaiting_approval'],
  OP0000000011: ['g card suspended, payment_failed card_declined', 'outstanding outstanding'],
  OP0000000012: ['g card overdue, payment_failed card_declined, exempt', 'outstanding outstanding'],
  OP0000000013: ['g card good', 'paid paid', 'succeeded 2187'],
  OP0000000014: ['g card good', 'paid paid', 'open 4375'],
  OP0000000015: ['g card good, order_failed card_declined', 'paid paid', 'A-1002 shipped', 'A-1003 failed'],
  OP0000000016: ['g card good', 'paid paid', 'closed'],
}

describe('a sandbox that was just made', () => {
  test('every invariant holds', () => {
    expect(JSON.parse(sandbox.printed())).toMatchObject({ address: sandbox.address, broken: [] })
  })

  test.each(residents)('$accountId: $label.en', async ({ accountId }) => {
    const root = await signIn(emailOf(accountId))
    expect(await root.tell(accountId)).toEqual(expected[accountId])
  })

  test('the page to try it on lists people, and each can sign in', async () => {
    expect(await get('/sandbox/')).toMatchObject({ status: 200, type: expect.stringContaining('text/html') })
    // As the page reads it.
    const { people } = JSON.parse((await get('/sandbox/state')).text) as {
      people: { signIn: Record<string, string>; staff?: boolean }[]
    }
    expect(people).toHaveLength(residents.length + 4)
    const kinds = []
    for (const { signIn, staff } of people) {
      const { ask } = await residentOn(sandbox.address, `${staff ? '/staff' : ''}/sign-in`, signIn)
      kinds.push((await ask('/me')).kind)
    }
    expect(kinds).toEqual([...residents.map(() => 'root'), 'sam', 'staff', 'staff', 'staff'])
  })

  test('the reference is served with its document', async () => {
    expect(await get('/api/reference/')).toMatchObject({ status: 200, type: expect.stringContaining('text/html') })
    const { openapi, paths } = JSON.parse((await get('/api/openapi.json')).text) as Record<string, object> // a document
    expect(openapi).toBe('3.1.0')
    expect(Object.keys(paths ?? {})).toContain('/api/accounts/{accountId}/coverages/{coverage}/payment-settings')
  })

  test('mail was caught: each whose payment failed has been told', async () => {
    const { items } = JSON.parse((await get('/sandbox/mail/messages')).text) as { items: { to: string }[] } // its own
    const told = new Set(items.map(({ to }) => to))
    const failed = residents.filter(({ accountId }) => expected[accountId]?.[0]?.includes('payment_failed'))
    expect(failed.map(({ accountId }) => emailOf(accountId)).filter((email) => !told.has(email))).toEqual([])
  })
})

test(
  'killed without mercy it leaves nobody behind, and the next start carries on in the same rows',
  async () => {
    const before = await (await signIn(emailOf('OP0000000002'))).ask('/accounts/OP0000000002/invoices')
    const { platformKey } = sandbox
    const family = sandbox.family()
    expect(family.length).toBeGreaterThan(5)
    await sandbox.end('SIGKILL')
    sandbox = await startSandbox(folder, { json: false })
    expect(family.filter(isAlive)).toEqual([])
    expect(sandbox.platformKey).toBe(platformKey)
    expect(sandbox.printed()).not.toContain('invariants that do not hold')
    expect(await (await signIn(emailOf('OP0000000002'))).ask('/accounts/OP0000000002/invoices')).toEqual(before)
  },
  patienceMs,
)

test('the three calls it prints work as they are printed', async () => {
  const [, calls = ''] = /^Three calls to try\n([\s\S]*?)\n\n/m.exec(sandbox.printed()) ?? []
  const answered = execFileSync('bash', ['-c', calls], { encoding: 'utf8' })
  expect(answered).toMatch(/"banners":\[\{"code":"card_declined"/)
  expect(answered).toMatch(/\{"requested":1,"sumMinor":4375,/)
  const { ask } = await signIn(emailOf('OP0000000002'))
  // What Activate asked for is taken up in a moment, and must be over before the guides begin.
  const isOver = async () => {
    const { items } = await ask('/accounts/OP0000000002/charges?coverage=g')
    const charges = items as { trigger: string; settledAt: string | null }[] // as the schema of the answer has it
    return charges.some(({ trigger, settledAt }) => trigger === 'activate' && settledAt !== null)
  }
  while (!(await isOver())) await delay(100)
})

describe('the guides', () => {
  const place = join(import.meta.dirname, '..', 'docs', 'guides')

  test.each(readdirSync(place))(
    '%s: every command works, and answers what is shown',
    async (guide) => {
      const environment = { KESSAI: sandbox.address, PLATFORM_KEY: sandbox.platformKey }
      const { wrong, steps } = await followGuide(readFileSync(join(place, guide), 'utf8'), environment)
      expect(wrong.join('\n')).toBe('')
      expect(steps).toBeGreaterThan(10)
    },
    patienceMs,
  )
})

test(
  'Ctrl-C stops it, and no process is left',
  async () => {
    const family = sandbox.family()
    expect(await sandbox.end('SIGINT')).toBe(130)
    while (family.some(isAlive)) await delay(100)
    expect(existsSync(join(folder, 'start.json'))).toBe(false)
  },
  patienceMs,
)
