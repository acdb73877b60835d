/** Limits on guessing: strangers grow slow, the owner does not (docs/decisions/0010). */
import { expect, test } from 'vitest'
import { hourMs, minuteMs } from '../../src/domain/calendar.ts'
import { addAccounts } from '../../src/operations/add-accounts.ts'
import { addStaff } from '../../src/operations/identity/add-staff.ts'
import { operator } from '../../src/operations/identity/audit.ts'
import { countGuess, countHashing } from '../../src/operations/identity/guesses.ts'
import { makeLink } from '../../src/operations/identity/password-links.ts'
import { setRootPassword } from '../../src/operations/identity/write-password.ts'
import { readRootLogin } from '../../src/postgres/logins.ts'
import { readCounts } from '../../src/postgres/rate-limits.ts'
import { type Answer, apiOn } from '../support/api.ts'
import { testDatabase } from '../support/database.ts'
import { freshEngine } from '../support/scenes.ts'

const database = testDatabase()
const accountId = 'OP0000000001'
const email = 'root@example.com'
const password = 'a long enough password'

async function scene() {
  const engine = await freshEngine(database)
  engine.stopWall()
  await addAccounts(engine.system, [{ accountId, kind: 'individual', email, coverages: ['g'] }], engine.now())
  await setRootPassword(engine.system, accountId, password)
  const login = await readRootLogin(engine.system.db, accountId)
  if (login === null) throw new Error('no login')
  const api = await apiOn(engine, { trustProxyHops: 1 })
  return {
    ...api,
    engine,
    /** `email password` from an address. */
    signIn: (given: { email?: string; password?: string; from?: string; cookie?: string }) =>
      api.ask(
        null,
        'POST',
        '/sign-in',
        { email: given.email ?? email, password: given.password ?? password },
        { 'x-forwarded-for': given.from ?? '198.51.100.7', ...(given.cookie ? { cookie: given.cookie } : {}) },
      ),
    /** Mistakes at the real login, without the work of the hash. */
    mistakes: async (count: number, from: (index: number) => string) => {
      const told: string[] = []
      for (let index = 0; index < count; index++) {
        const origin = { address: from(index), userAgent: '', device: null }
        const { counted } = await countGuess(engine.system, { kind: 'root', email }, login.loginId, origin)
        told.push(counted.allowed ? 'counted' : String(counted.retryAfterMs))
      }
      return told
    },
  }
}

/** The mark a browser was given, as it sends it back. */
function deviceIn({ headers }: Answer): string {
  const set = [headers['set-cookie']].flat().map(String)
  return set.find((cookie) => cookie.startsWith('kessai_device='))?.split(';')[0] ?? ''
}

test('after five mistakes from a place each wait is twice as long, the right password waits too, and success forgets', async () => {
  const { signIn, engine } = await scene()
  const wrong = { password: 'not the password' }
  for (let mistake = 0; mistake < 5; mistake++) expect((await signIn(wrong)).status).toBe(401)
  for (const seconds of [1, 2]) {
    const waits = await signIn({})
    expect([waits.status, waits.body.code, waits.headers['retry-after']]).toEqual([429, 'rate_limited', `${seconds}`])
    engine.passWall(seconds * 1000)
    if (seconds === 1) expect((await signIn(wrong)).status).toBe(401)
  }
  expect((await signIn({})).status).toBe(200)
  expect((await signIn(wrong)).status).toBe(401)
  expect((await signIn({})).status).toBe(200)
})

test('a name that nobody has is limited as one that somebody has', async () => {
  const { signIn } = await scene()
  const told = async (name: string) => {
    const statuses: unknown[] = []
    for (let guess = 0; guess < 6; guess++) {
      const { status, headers } = await signIn({ email: name, password: 'not the password' })
      statuses.push([status, headers['retry-after']])
    }
    return statuses
  }
  expect(await told('nobody@example.com')).toEqual(await told(email))
})

test('guesses at a SAM user and at staff are limited in the same way', async () => {
  const { ask } = await scene()
  const doors = [
    ['/sign-in', { accountId, userName: 'ops' }],
    ['/staff/sign-in', { email: 'staff@example.com' }],
  ] as const
  for (const [path, name] of doors) {
    const statuses: number[] = []
    for (let guess = 0; guess < 6; guess++) {
      statuses.push((await ask(null, 'POST', path, { ...name, password: `a different guess ${guess}` })).status)
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429])
  }
})

test('many guesses at once count as many', async () => {
  const { signIn } = await scene()
  const answers = await Promise.all(Array.from({ length: 9 }, () => signIn({ password: 'not the password' })))
  expect(answers.map(({ status }) => status).toSorted()).toEqual([401, 401, 401, 401, 401, 429, 429, 429, 429])
})

test('strangers all over the world make the owner wait neither at a known address nor on a known device', async () => {
  const { signIn, mistakes } = await scene()
  const home = await signIn({ from: '192.0.2.10' })
  expect(home.status).toBe(200)
  const told = await mistakes(40, (index) => `203.0.113.${index}`)
  expect(told.filter((outcome) => outcome === 'counted')).toHaveLength(20)
  expect((await signIn({ from: '203.0.113.200' })).status).toBe(429)
  expect((await signIn({ from: '192.0.2.10' })).status).toBe(200)
  const cookie = deviceIn(home)
  expect((await signIn({ from: '203.0.113.200', cookie })).status).toBe(200)
})

test('a mark of another login, or a made-up one, is no known device', async () => {
  const { signIn, mistakes, engine } = await scene()
  const other = { accountId: 'OP0000000002', email: 'other@example.com' }
  await addAccounts(engine.system, [{ ...other, kind: 'individual', coverages: ['g'] }], engine.now())
  await setRootPassword(engine.system, other.accountId, password)
  const opened = await signIn({ email: other.email, from: '203.0.113.200' })
  await mistakes(40, (index) => `203.0.113.${index}`)
  const cookie = deviceIn(opened)
  expect((await signIn({ from: '203.0.113.201', cookie })).status).toBe(429)
  const madeUp = `kessai_device=${'x'.repeat(22)}.${'y'.repeat(43)}`
  expect((await signIn({ from: '203.0.113.201', cookie: madeUp })).status).toBe(429)
})

test('an owner in a new place, while strangers guess, resets the password and is let in', async () => {
  const { ask, signIn, mistakes, engine } = await scene()
  await mistakes(40, (index) => `203.0.113.${index}`)
  expect((await signIn({ from: '203.0.113.201' })).status).toBe(429)
  const login = await readRootLogin(engine.system.db, accountId)
  const token = await makeLink(engine.system, engine.system.db, login?.loginId ?? '', 'reset')
  const finished = await ask(null, 'POST', '/password-resets/finish', { token, password })
  const cookie = String(finished.headers['set-cookie']).split(';')[0] ?? ''
  expect((await signIn({ from: '203.0.113.201', cookie })).status).toBe(200)
})

test('one address cannot try a few passwords at every login', async () => {
  const { engine, signIn } = await scene()
  const origin = { address: '203.0.113.9', userAgent: '', device: null }
  const guess = (index: number) =>
    countGuess(engine.system, { kind: 'root', email: `${index}@example.com` }, null, origin)
  for (let index = 0; index < 50; index++) expect((await guess(index)).counted.allowed).toBe(true)
  expect((await guess(50)).counted).toEqual({ allowed: false, retryAfterMs: 1000 })
  expect((await signIn({ from: '203.0.113.9' })).status).toBe(429)
  expect((await signIn({ from: '203.0.113.10' })).status).toBe(200)
  engine.passWall(hourMs)
  expect((await guess(51)).counted.allowed).toBe(true)
})

test('whoever has an IPv6 network has one place', async () => {
  const { mistakes } = await scene()
  const told = await mistakes(6, (index) => `2001:db8:0:1::${index}`)
  expect(told).toEqual([...Array<string>(5).fill('counted'), expect.stringMatching(/^\d+$/)])
  expect(await mistakes(1, () => '2001:db8:0:2::1')).toEqual(['counted'])
})

test('no spelling of an e-mail has limits of its own', async () => {
  const { ask, signIn, engine } = await scene()
  const other = 'idris@example.com'
  await addAccounts(
    engine.system,
    [{ accountId: 'OP0000000002', kind: 'individual', email: other, coverages: ['g'] }],
    engine.now(),
  )
  const told: number[] = []
  for (const email of [...'iiI'].map((first) => `${first}dris@example.com`)) {
    for (let guess = 0; guess < 2; guess++) told.push((await signIn({ email, password: 'not the password' })).status)
  }
  expect(told).toEqual([401, 401, 401, 401, 401, 429])
  for (const [path, body] of [
    ['/sign-in', { email: '\u0130dris@example.com', password }],
    ['/staff/sign-in', { email: '\u0130dris@example.com', password }],
    ['/password-resets', { email: '\u0130dris@example.com' }],
  ] as const) {
    expect((await ask(null, 'POST', path, body)).body.code, path).toBe('invalid_request')
  }
})

test('an address makes us hash only so often, right or wrong; the owner on a known device has their own count', async () => {
  const { signIn, engine } = await scene()
  const cookie = deviceIn(await signIn({ from: '192.0.2.10' }))
  for (let times = 1; times < 60; times++) expect((await signIn({ from: '192.0.2.10' })).status).toBe(200)
  const refused = await signIn({ from: '192.0.2.10' })
  expect([refused.status, refused.headers['retry-after']]).toEqual([429, '60'])
  expect((await signIn({ from: '192.0.2.10', cookie })).status).toBe(200)
  engine.passWall(minuteMs)
  expect((await signIn({ from: '192.0.2.10' })).status).toBe(200)
})

test('a link that is no good makes us hash nothing, and one that is good only so often', async () => {
  const { ask, engine } = await scene()
  const { db } = engine.system
  const login = await readRootLogin(db, accountId)
  const finish = (token: string, chosen: string) =>
    ask(null, 'POST', '/password-resets/finish', { token, password: chosen })
  const hashed = async () => {
    const counts = await readCounts(db, ['hashing from 127.0.0.1'])
    return counts.get('hashing from 127.0.0.1')?.length ?? 0
  }
  expect((await finish(`kpl_${'x'.repeat(43)}`, password)).body.code).toBe('link_not_good')
  const token = await makeLink(engine.system, db, login?.loginId ?? '', 'reset')
  expect((await finish(token, 'too short')).body.code).toBe('password_too_short')
  expect(await hashed()).toBe(0)
  for (let times = 0; times < 60; times++) await countHashing(engine.system, '127.0.0.1')
  expect((await finish(token, password)).body.code).toBe('rate_limited')
  const staff = await addStaff(engine.system, { name: 'Aoi', email: 'aoi@example.com', role: 'admin' }, operator)
  const setUp = (given: string) => ask(null, 'POST', '/staff/set-up/finish', { token: given, password })
  expect((await setUp('token' in staff ? staff.token : '')).body.code).toBe('rate_limited')
  expect((await setUp(`kpl_${'x'.repeat(43)}`)).body.code).toBe('link_not_good')
  engine.passWall(minuteMs)
  expect((await finish(token, password)).status).toBe(204)
})

test('whoever has an IPv6 network asks for resets from one place', async () => {
  const { ask } = await scene()
  const from = async (address: string, index: number) => {
    const asked = { email: `${index}@example.com` }
    return (await ask(null, 'POST', '/password-resets', asked, { 'x-forwarded-for': address })).status
  }
  const answers = await Promise.all(Array.from({ length: 31 }, (_, index) => from(`2001:db8:0:1::${index}`, index)))
  expect(answers.toSorted().slice(-2)).toEqual([202, 429])
  expect(await from('2001:db8:0:2::1', 40)).toBe(202)
})
