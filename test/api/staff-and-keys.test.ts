/** Staff and API keys: who may manage them, what is shown once, what ends at once. */
import { TOTP } from 'otpauth'
import { expect, test } from 'vitest'
import { dayMs, hourMs } from '../../src/domain/calendar.ts'
import { addAccounts } from '../../src/operations/add-accounts.ts'
import { apiOn } from '../support/api.ts'
import { testDatabase } from '../support/database.ts'
import { freshEngine } from '../support/scenes.ts'

const database = testDatabase()
const accountId = 'OP0000000001'
const password = 'a long enough password'

async function scene(options: { sandbox?: boolean } = {}) {
  const engine = await freshEngine(database)
  engine.stopWall()
  await addAccounts(
    engine.system,
    [{ accountId, kind: 'individual', email: 'root@example.com', coverages: ['g'] }],
    engine.now(),
  )
  return { engine, ...(await apiOn(engine, options)) }
}

test('outside the sandbox a staff member sets up password and one-time passwords in one go, and signs in with both', async () => {
  const { ask, engine, staffToken } = await scene({ sandbox: false })
  const admin = await staffToken('admin')
  const staff = { name: 'Aoi', email: 'aoi@example.com', role: 'billing' }
  const { body: link, status } = await ask(admin, 'POST', '/staff', staff)
  expect([status, link.link]).toEqual([201, expect.stringMatching(/\/staff\/set-up#kpl_[\w-]{43}$/)])
  const { token } = link
  const code = (secret: unknown) =>
    new TOTP({ secret: String(secret) }).generate({ timestamp: engine.system.wallNow() })
  const finish = async (body: object) => (await ask(null, 'POST', '/staff/set-up/finish', { token, ...body })).body
  const first = await ask(null, 'POST', '/staff/set-up', { token })
  const second = await ask(null, 'POST', '/staff/set-up', { token })
  expect(second.body).toMatchObject({ email: staff.email, secret: expect.stringMatching(/^[A-Z2-7]{32}$/) })
  expect((await finish({ password })).code).toBe('code_wrong')
  expect((await finish({ password, code: code(first.body.secret) })).code).toBe('code_wrong')
  expect((await finish({ password: 'short', code: code(second.body.secret) })).code).toBe('password_too_short')
  expect((await ask(null, 'POST', '/password-resets/finish', { token, password })).body.code).toBe('link_not_good')
  expect((await finish({ password, code: code(second.body.secret) })).backupCodes).toHaveLength(10)
  expect((await finish({ password, code: code(second.body.secret) })).code).toBe('link_not_good')
  const signIn = (given: object) =>
    ask(null, 'POST', '/staff/sign-in', { email: staff.email, password, ...given }).then(({ body }) => body)
  expect((await signIn({})).code).toBe('totp_required')
  engine.passWall(30_000)
  expect((await signIn({ code: code(second.body.secret) })).token).toMatch(/^kss_/)
})

test('staff whose one-time passwords are not set up get in in the sandbox only', async () => {
  const { ask, staffToken, engine } = await scene()
  const staff = { name: 'Aoi', email: 'aoi@example.com', role: 'support' }
  const { token } = (await ask(await staffToken('admin'), 'POST', '/staff', staff)).body
  expect((await ask(null, 'POST', '/staff/set-up/finish', { token, password })).body).toEqual({ backupCodes: [] })
  const credentials = { email: staff.email, password }
  expect((await ask(null, 'POST', '/staff/sign-in', credentials)).status).toBe(200)
  const strict = await apiOn(engine, { sandbox: false })
  expect((await strict.ask(null, 'POST', '/staff/sign-in', credentials)).body.code).toBe('totp_not_set_up')
})

test('an invitation sent anew takes away password and codes; letting go ends everything at once', async () => {
  const { ask, staffToken } = await scene()
  const admin = await staffToken('admin')
  const staff = { name: 'Aoi', email: 'aoi@example.com', role: 'support' }
  const made = (await ask(admin, 'POST', '/staff', staff)).body
  expect((await ask(admin, 'POST', '/staff', staff)).body.code).toBe('staff_email_taken')
  const signIn = () => ask(null, 'POST', '/staff/sign-in', { email: staff.email, password })
  await ask(null, 'POST', '/staff/set-up/finish', { token: made.token, password })
  const before = await signIn()
  const invited = await ask(admin, 'POST', `/staff/${made.staffId}/invitation`)
  expect((await ask(String(before.body.token), 'GET', '/me')).status).toBe(401)
  expect((await signIn()).status).toBe(401)
  await ask(null, 'POST', '/staff/set-up/finish', { token: invited.body.token, password })
  const after = await signIn()
  expect(after.status).toBe(200)
  expect((await ask(admin, 'DELETE', `/staff/${made.staffId}`)).status).toBe(204)
  expect((await ask(String(after.body.token), 'GET', '/me')).status).toBe(401)
  expect((await signIn()).status).toBe(401)
  expect((await ask(admin, 'POST', `/staff/${made.staffId}/invitation`)).body.code).toBe('not_found')
})

test('two admins who let each other go at once: one stays', async () => {
  const { ask, staffToken } = await scene()
  const [one, two] = [await staffToken('admin'), await staffToken('admin')]
  const admins = (await ask(one, 'GET', '/staff')).body.items as { staffId: string }[]
  const answers = await Promise.all([
    ask(one, 'DELETE', `/staff/${admins[1]?.staffId}`),
    ask(two, 'DELETE', `/staff/${admins[0]?.staffId}`),
  ])
  // The later one is refused, or asked as somebody who had just been let go.
  expect(answers.filter(({ status }) => status === 204)).toHaveLength(1)
  const { rows } = await database.pool.query("select 1 from staff where role = 'admin' and ended_at is null")
  expect(rows).toHaveLength(1)
})

test('a key is shown once, reaches what its scopes say, and is revoked at once', async () => {
  const { ask, staffToken, rootToken } = await scene()
  const admin = await staffToken('admin')
  const wanted = { name: 'export', scopes: ['accounts:read'] }
  for (const token of [await staffToken('billing'), await rootToken(accountId)]) {
    expect((await ask(token, 'POST', '/keys', wanted)).body.code).toBe('not_permitted')
  }
  const made = await ask(admin, 'POST', '/keys', wanted)
  const key = String(made.body.key)
  const reads = async (given = key) => (await ask(given, 'GET', `/accounts/${accountId}`)).status
  expect([made.status, key]).toEqual([201, expect.stringMatching(/^kak_[\w-]{43}$/)])
  expect(await reads()).toBe(200)
  const other = { kind: 'individual', email: 'x@example.com', coverages: ['g'] }
  expect((await ask(key, 'PUT', `/accounts/${accountId}`, other)).body.code).toBe('not_permitted')
  const listed = await ask(admin, 'GET', '/keys')
  expect(listed.text).not.toContain(key)
  expect(listed.body.items).toMatchObject([{ ...wanted, revokedAt: null, lastUsedAt: expect.any(String) }])
  expect((await ask(admin, 'DELETE', `/keys/${made.body.keyId}`)).status).toBe(204)
  expect(await reads()).toBe(401)
  expect((await ask(admin, 'DELETE', `/keys/${made.body.keyId}`)).body.code).toBe('not_found')
})

test('a rotated key works for the time of the change-over, and a revoked one takes the former with it', async () => {
  const { ask, engine, staffToken, keyToken } = await scene()
  const admin = await staffToken('admin')
  const former = await keyToken(['accounts:read'])
  const [listed] = (await ask(admin, 'GET', '/keys')).body.items as { keyId: string }[]
  const rotate = async (body: object) => (await ask(admin, 'POST', `/keys/${listed?.keyId}/rotation`, body)).body
  const reads = async (given: unknown) => (await ask(String(given), 'GET', `/accounts/${accountId}`)).status
  const { key } = await rotate({ graceHours: 1 })
  expect([await reads(former), await reads(key)]).toEqual([200, 200])
  engine.passWall(hourMs)
  expect([await reads(former), await reads(key)]).toEqual([401, 200])
  const newest = await rotate({})
  expect([await reads(former), await reads(key), await reads(newest.key)]).toEqual([401, 200, 200])
  await ask(admin, 'DELETE', `/keys/${listed?.keyId}`)
  expect([await reads(key), await reads(newest.key)]).toEqual([401, 401])
  expect((await ask(admin, 'POST', `/keys/${listed?.keyId}/rotation`, {})).status).toBe(404)
})

test('a key with an end is good until then', async () => {
  const { ask, engine, staffToken } = await scene()
  const expiresAt = new Date(engine.system.wallNow() + dayMs).toISOString()
  const wanted = { name: 'a day', scopes: ['accounts:read'], expiresAt }
  const key = String((await ask(await staffToken('admin'), 'POST', '/keys', wanted)).body.key)
  const reads = async () => (await ask(key, 'GET', `/accounts/${accountId}`)).status
  engine.passWall(dayMs - 1)
  expect(await reads()).toBe(200)
  engine.passWall(1)
  expect(await reads()).toBe(401)
})

test('the same request for a key twice makes one key; the answer that got lost opens nothing', async () => {
  const { ask, staffToken } = await scene()
  const admin = await staffToken('admin')
  const create = () =>
    ask(admin, 'POST', '/keys', { name: 'one', scopes: ['accounts:read'] }, { 'idempotency-key': 'same' })
  const [lost, answered] = [await create(), await create()]
  expect(answered.body.keyId).toBe(lost.body.keyId)
  const reads = async (given: unknown) => (await ask(String(given), 'GET', `/accounts/${accountId}`)).status
  expect([await reads(lost.body.key), await reads(answered.body.key)]).toEqual([401, 200])
  expect((await ask(admin, 'GET', '/keys')).body.items).toHaveLength(1)
})

test('the same rotation twice: the key it replaces stays good for its time, and only the answer that got lost is not', async () => {
  const { ask, engine, staffToken, keyToken } = await scene()
  const admin = await staffToken('admin')
  const former = await keyToken(['accounts:read'])
  const [listed] = (await ask(admin, 'GET', '/keys')).body.items as { keyId: string }[]
  const rotate = (name: string) =>
    ask(admin, 'POST', `/keys/${listed?.keyId}/rotation`, { graceHours: 1 }, { 'idempotency-key': name })
  const reads = async (given: unknown) => (await ask(String(given), 'GET', `/accounts/${accountId}`)).status
  const lost = await rotate('one')
  engine.passWall(hourMs / 2)
  const answered = await rotate('one')
  expect(answered.body.formerGoodUntil).toBe(lost.body.formerGoodUntil)
  expect([await reads(former), await reads(lost.body.key), await reads(answered.body.key)]).toEqual([200, 401, 200])
  engine.passWall(hourMs / 2)
  expect([await reads(former), await reads(answered.body.key)]).toEqual([401, 200])
})

test('the same invitation twice takes nothing away from who has set up in between', async () => {
  const { ask, staffToken } = await scene()
  const admin = await staffToken('admin')
  const staff = { name: 'Aoi', email: 'aoi@example.com', role: 'support' }
  const { staffId } = (await ask(admin, 'POST', '/staff', staff)).body
  const invite = () => ask(admin, 'POST', `/staff/${staffId}/invitation`, undefined, { 'idempotency-key': 'one' })
  const [lost, link] = [await invite(), await invite()]
  const finish = (token: unknown) => ask(null, 'POST', '/staff/set-up/finish', { token, password })
  expect([(await finish(lost.body.token)).status, (await finish(link.body.token)).status]).toEqual([410, 200])
  expect((await invite()).body.code).toBe('link_not_good')
  expect((await ask(null, 'POST', '/staff/sign-in', { email: staff.email, password })).status).toBe(200)
})

test('the audit tells who did what, from where, and in which order; an admin reads it page by page', async () => {
  const { ask, staffToken, engine } = await scene()
  const admin = await staffToken('admin')
  engine.passWall(1000)
  const acts: string[] = []
  const made = await ask(admin, 'POST', '/keys', { name: 'k', scopes: ['fees:write'] })
  engine.passWall(1000)
  await ask(admin, 'POST', `/keys/${made.body.keyId}/rotation`, {})
  engine.passWall(1000)
  await ask(admin, 'DELETE', `/keys/${made.body.keyId}`)
  engine.passWall(1000)
  await ask(null, 'POST', '/sign-in', { email: 'root@example.com', password })
  for (let cursor: unknown = ''; cursor !== null; ) {
    const page = (await ask(admin, 'GET', `/audit?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`)).body
    acts.push(...(page.items as { act: string }[]).map(({ act }) => act))
    cursor = page.next
  }
  expect(acts).toEqual(['sign_in_failed', 'key_revoked', 'key_rotated', 'key_created', 'staff_added'])
  expect((await ask(await staffToken('support'), 'GET', '/audit')).body.code).toBe('not_permitted')
})

test('users are listed root first, page by page; a SAM user is told that this is root’s', async () => {
  const { ask, rootToken, samToken } = await scene()
  const root = await rootToken(accountId)
  const users = `/accounts/${accountId}/users`
  for (const userName of ['b', 'a', 'c']) await ask(root, 'POST', users, { userName })
  expect((await ask(root, 'POST', users, { userName: 'b' })).body.code).toBe('user_name_taken')
  const names: unknown[] = []
  for (let cursor: unknown = ''; cursor !== null; ) {
    const page = (await ask(root, 'GET', `${users}?limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`)).body
    names.push(...(page.items as { userName: string | null }[]).map(({ userName }) => userName))
    cursor = page.next
  }
  expect(names).toEqual([null, 'a', 'b', 'c'])
  expect((await ask(await samToken(accountId, 'a'), 'GET', users)).body.code).toBe('root_only')
})
