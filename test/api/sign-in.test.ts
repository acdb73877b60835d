/** Signing in: who gets in, what the answer gives away, and what a browser's cookie may do. */
import { expect, test } from 'vitest'
import { dayMs } from '../../src/domain/calendar.ts'
import { addAccounts } from '../../src/operations/add-accounts.ts'
import { addStaff } from '../../src/operations/identity/add-staff.ts'
import { operator } from '../../src/operations/identity/audit.ts'
import { addSamUser } from '../../src/operations/identity/sam-users.ts'
import { setRootPassword } from '../../src/operations/identity/write-password.ts'
import { type Answer, apiOn } from '../support/api.ts'
import { testDatabase } from '../support/database.ts'
import type { Engine } from '../support/engine.ts'
import { freshEngine } from '../support/scenes.ts'
import { wholeDatabase } from '../support/whole-database.ts'

const database = testDatabase()
const accountId = 'OP0000000001'
const email = `${accountId}@example.com`
const password = 'a long enough password'

async function scene(options: { sandbox?: boolean; publicUrl?: string } = {}) {
  const engine = await freshEngine(database)
  await addAccount(engine, accountId)
  await setRootPassword(engine.system, accountId, password)
  return { engine, ...(await apiOn(engine, options)) }
}

const addAccount = (engine: Engine, id: string) =>
  addAccounts(
    engine.system,
    [{ accountId: id, kind: 'individual', email: `${id}@example.com`, coverages: ['g'] }],
    engine.now(),
  )

const cookiesOf = (answer: Answer): string[] => [answer.headers['set-cookie'] ?? []].flat().map(String)
const cookieHeader = (answer: Answer): string =>
  cookiesOf(answer)
    .map((cookie) => cookie.split(';')[0])
    .join('; ')

test('root signs in with e-mail, whatever its capitals, and password; token and cookie are the same session', async () => {
  const { ask } = await scene()
  const opened = await ask(null, 'POST', '/sign-in', { email: email.toUpperCase(), password })
  expect([opened.status, opened.headers['cache-control']]).toEqual([200, 'no-store'])
  const token = String(opened.body.token)
  expect(token).toMatch(/^kss_[\w-]{43}$/)
  expect((await ask(token, 'GET', '/me')).body).toMatchObject({ kind: 'root', accountId, email, coverages: ['g'] })
  const byCookie = await ask(null, 'GET', '/me', undefined, { cookie: cookieHeader(opened) })
  expect(byCookie.body).toMatchObject({ kind: 'root', csrfToken: opened.body.csrfToken })
  expect((await ask(token, 'GET', '/sessions')).body.items).toMatchObject([{ current: true }])
})

test('B1 a SAM user signs in with account id, user name and password, and is told who can help', async () => {
  const { ask, engine } = await scene()
  await addSamUser(engine.system, { accountId, userName: 'ops', password }, operator, engine.now())
  const opened = await ask(null, 'POST', '/sign-in', { accountId, userName: 'ops', password })
  const me = await ask(String(opened.body.token), 'GET', '/me', undefined, { 'accept-language': 'ja' })
  expect(me.body).toMatchObject({ kind: 'sam', userName: 'ops', email: null })
  expect(me.body.paymentHelp).toContain(`${accountId} のルートユーザー`)
  expect(me.text).not.toContain('@')
})

test('staff sign in by a door of their own', async () => {
  const { ask, engine } = await scene()
  const staff = { name: 'Aoi', email: 'aoi@example.com', role: 'support' } as const
  const added = await addStaff(engine.system, staff, operator)
  if ('refused' in added) throw new Error(added.refused)
  await ask(null, 'POST', '/staff/set-up/finish', { token: added.token, password })
  expect((await ask(null, 'POST', '/sign-in', { email: staff.email, password })).status).toBe(401)
  const opened = await ask(null, 'POST', '/staff/sign-in', { email: staff.email, password })
  expect((await ask(String(opened.body.token), 'GET', '/me')).body).toMatchObject({
    kind: 'staff',
    name: 'Aoi',
    role: 'support',
    accountId: null,
  })
})

test('an unknown e-mail, a login without a password and a wrong password are answered alike', async () => {
  const { ask, engine } = await scene()
  await addAccount(engine, 'OP0000000002')
  const tried = [
    { email, password: 'not the password' },
    { email: 'nobody@example.com', password },
    { email: 'OP0000000002@example.com', password },
    { accountId, userName: 'nobody', password },
    { accountId: 'OP0000009999', userName: 'nobody', password },
  ]
  const answers: unknown[] = []
  for (const body of tried) {
    const { status, body: told, headers } = await ask(null, 'POST', '/sign-in', body)
    answers.push([status, { ...told, requestId: null }, Object.keys(headers).toSorted()])
  }
  expect(answers).toMatchObject(tried.map(() => [401, { code: 'sign_in_failed' }, expect.anything()]))
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
})

test('cookies: read by no script, sent by no other site, never in the clear', async () => {
  const { ask } = await scene({ publicUrl: 'https://pay.example.com' })
  const cookies = cookiesOf(await ask(null, 'POST', '/sign-in', { email, password }))
  expect(cookies.map((cookie) => cookie.split('=')[0])).toEqual(['kessai_session', 'kessai_device'])
  for (const cookie of cookies) expect(cookie).toMatch(/HttpOnly; Secure; SameSite=Strict/)
})

test('a cookie alone changes nothing: the page proves itself with X-CSRF-Token', async () => {
  const { ask } = await scene()
  const opened = await ask(null, 'POST', '/sign-in', { email, password })
  const another = await ask(null, 'POST', '/sign-in', { email, password })
  const cookie = cookieHeader(opened)
  const signOut = (csrf: unknown) =>
    ask(null, 'POST', '/sign-out', undefined, { cookie, ...(csrf ? { 'x-csrf-token': String(csrf) } : {}) })
  expect((await signOut(null)).body.code).toBe('csrf_token_missing')
  expect((await signOut(another.body.csrfToken)).body.code).toBe('csrf_token_missing')
  expect((await ask(null, 'GET', '/me', undefined, { cookie })).status).toBe(200)
  const out = await signOut(opened.body.csrfToken)
  expect(out.status).toBe(204)
  expect(cookiesOf(out)).toEqual([expect.stringMatching(/^kessai_session=;/)])
  expect((await ask(null, 'GET', '/me', undefined, { cookie })).body.code).toBe('sign_in_required')
})

test('F56 an ended, expired or unknown session reaches nothing', async () => {
  const { ask, engine, rootToken } = await scene()
  const [mine, other, third] = [await rootToken(accountId), await rootToken(accountId), await rootToken(accountId)]
  const listed = (await ask(mine, 'GET', '/sessions')).body.items as { sessionId: string; current: boolean }[]
  expect(listed.map(({ current }) => current).toSorted()).toEqual([false, false, true])
  const reaches = async (token: string) => (await ask(token, 'GET', '/sessions')).status
  const idOf = async (token: string) => {
    const sessions = (await ask(token, 'GET', '/sessions')).body.items as { sessionId: string; current: boolean }[]
    return sessions.find(({ current }) => current)?.sessionId
  }
  expect((await ask(mine, 'DELETE', `/sessions/${await idOf(other)}`)).status).toBe(204)
  expect([await reaches(mine), await reaches(other), await reaches(third)]).toEqual([200, 401, 200])
  expect((await ask(mine, 'DELETE', '/sessions')).status).toBe(204)
  expect([await reaches(mine), await reaches(third)]).toEqual([200, 401])
  expect(await reaches(`kss_${'x'.repeat(43)}`)).toBe(401)
  engine.passWall(dayMs)
  expect(await reaches(mine)).toBe(401)
})

test('nobody ends the session of somebody else', async () => {
  const { ask, engine, rootToken } = await scene()
  await addAccount(engine, 'OP0000000002')
  const [mine, theirs] = [await rootToken(accountId), await rootToken('OP0000000002')]
  const [session] = (await ask(theirs, 'GET', '/sessions')).body.items as { sessionId: string }[]
  expect((await ask(mine, 'DELETE', `/sessions/${session?.sessionId}`)).body.code).toBe('not_found')
  expect((await ask(theirs, 'GET', '/sessions')).status).toBe(200)
})

test('F57 tokens, keys, links, passwords, codes and secrets stand in no table', async () => {
  const { ask, staffToken } = await scene()
  const opened = await ask(null, 'POST', '/sign-in', { email, password })
  const token = String(opened.body.token)
  const admin = await staffToken('admin')
  const key = await ask(admin, 'POST', '/keys', { name: 'k', scopes: ['fees:write'] }, { 'idempotency-key': 'one' })
  const staff = await ask(admin, 'POST', '/staff', { name: 'N', email: 'n@example.com', role: 'support' })
  const totp = await ask(token, 'POST', '/totp', { password }, { 'idempotency-key': 'two' })
  await ask(null, 'POST', '/password-resets', { email })
  const secrets = [token, password, opened.body.csrfToken, key.body.key, staff.body.token, totp.body.secret, admin]
  const whole = await wholeDatabase(database.pool)
  for (const secret of secrets) {
    expect(String(secret).length).toBeGreaterThan(15)
    expect(whole).not.toContain(String(secret))
    expect(whole).not.toContain(Buffer.from(String(secret)).toString('base64url'))
  }
  expect(whole).toContain('$argon2id$')
  expect(whole).not.toContain('kpl_')
})
