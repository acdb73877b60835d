/** One-time passwords and backup codes: asked for when on, each accepted once, sealed where they are kept. */
import { TOTP } from 'otpauth'
import { expect, test } from 'vitest'
import { hourMs, minuteMs } from '../../src/domain/calendar.ts'
import { addAccounts } from '../../src/operations/add-accounts.ts'
import { makeLink } from '../../src/operations/identity/password-links.ts'
import { setRootPassword } from '../../src/operations/identity/write-password.ts'
import { readRootLogin } from '../../src/postgres/logins.ts'
import { type Answer, apiOn } from '../support/api.ts'
import { testDatabase } from '../support/database.ts'
import { freshEngine } from '../support/scenes.ts'

const database = testDatabase()
const accountId = 'OP0000000001'
const email = 'root@example.com'
const password = 'a long enough password'
const stepMs = 30_000

async function scene() {
  const engine = await freshEngine(database)
  engine.stopWall()
  await addAccounts(engine.system, [{ accountId, kind: 'individual', email, coverages: ['g'] }], engine.now())
  await setRootPassword(engine.system, accountId, password)
  const api = await apiOn(engine)
  const signIn = (code?: string): Promise<Answer> =>
    api.ask(null, 'POST', '/sign-in', { email, password, ...(code === undefined ? {} : { code }) })
  const token = await api.rootToken(accountId)
  const codeOf = (secret: unknown, stepsAway = 0) =>
    new TOTP({ secret: String(secret) }).generate({ timestamp: engine.system.wallNow() + stepsAway * stepMs })
  return { ...api, engine, signIn, token, codeOf }
}

/** On, and at the beginning of a step none of whose codes was used. */
async function withTotp() {
  const on = await scene()
  const begun = await on.ask(on.token, 'POST', '/totp', { password })
  const { secret } = begun.body
  const confirmed = await on.ask(on.token, 'POST', '/totp/confirm', { code: on.codeOf(secret) })
  expect([begun.status, confirmed.status]).toEqual([201, 200])
  on.engine.passWall(2 * stepMs)
  return { ...on, code: (stepsAway = 0) => on.codeOf(secret, stepsAway), codes: confirmed.body.backupCodes as string[] }
}

const codeIn = (answer: Answer): unknown => answer.body.code ?? answer.status

test('begun, they are not asked for; with a first right code they are on', async () => {
  const { ask, token, signIn, codeOf } = await scene()
  expect(codeIn(await ask(token, 'POST', '/totp/confirm', { code: '000000' }))).toBe('totp_not_begun')
  expect(codeIn(await ask(token, 'POST', '/totp', { password: 'not the password' }))).toBe('password_wrong')
  const begun = await ask(token, 'POST', '/totp', { password })
  expect(String(begun.body.uri)).toMatch(
    /^otpauth:\/\/totp\/Kessai:root%40example.com\?issuer=Kessai&secret=[A-Z2-7]{32}&/,
  )
  expect((await signIn()).status).toBe(200)
  const wrong = codeOf(begun.body.secret, 5)
  expect(codeIn(await ask(token, 'POST', '/totp/confirm', { code: wrong }))).toBe('code_wrong')
  expect((await signIn()).status).toBe(200)
  const confirmed = await ask(token, 'POST', '/totp/confirm', { code: codeOf(begun.body.secret) })
  const codes = confirmed.body.backupCodes as string[]
  expect(new Set(codes).size).toBe(10)
  for (const code of codes) expect(code).toMatch(/^[2-9a-z]{4}-[2-9a-z]{4}-[2-9a-z]{4}$/)
  expect(codeIn(await signIn())).toBe('totp_required')
  expect((await ask(token, 'GET', '/me')).body).toMatchObject({ totpOn: true, backupCodesLeft: 10 })
  expect(codeIn(await ask(token, 'POST', '/totp', { password }))).toBe('totp_on_already')
})

test('no code is accepted twice, nor one before it, nor the one that turned them on', async () => {
  const { signIn, code, engine } = await withTotp()
  expect(codeIn(await signIn(code(-2)))).toBe('totp_wrong')
  expect(codeIn(await signIn(code()))).toBe(200)
  expect(codeIn(await signIn(code()))).toBe('totp_wrong')
  expect(codeIn(await signIn(code(-1)))).toBe('totp_wrong')
  engine.passWall(stepMs)
  expect(codeIn(await signIn(code()))).toBe(200)
})

test('a telephone’s clock may be half a minute off, and no more', async () => {
  const { signIn, code, engine } = await withTotp()
  expect(codeIn(await signIn(code(2)))).toBe('totp_wrong')
  expect(codeIn(await signIn(code(1)))).toBe(200)
  engine.passWall(3 * stepMs)
  expect(codeIn(await signIn(code(-1)))).toBe(200)
})

test('of two that use the same code at once, one gets in', async () => {
  const { signIn, code, codes } = await withTotp()
  const same = code()
  const answers = await Promise.all([signIn(same), signIn(same), signIn(same)])
  expect(answers.map(codeIn).map(String).toSorted()).toEqual(['200', 'totp_wrong', 'totp_wrong'])
  const backup = codes[0] ?? ''
  const both = await Promise.all([signIn(backup), signIn(backup)])
  expect(both.map(codeIn).map(String).toSorted()).toEqual(['200', 'totp_wrong'])
})

test('a backup code signs in once, however it is written', async () => {
  const { signIn, codes, ask, token } = await withTotp()
  const typed = (codes[3] ?? '').toUpperCase().replaceAll('-', ' ')
  expect(codeIn(await signIn(typed))).toBe(200)
  expect(codeIn(await signIn(codes[3]))).toBe('totp_wrong')
  expect(codeIn(await signIn(codes[4]))).toBe(200)
  expect((await ask(token, 'GET', '/me')).body.backupCodesLeft).toBe(8)
  const { rows } = await database.pool.query(
    "select details->>'who' as who from events where kind = 'backup_code_used'",
  )
  expect(rows).toEqual([{ who: 'root' }, { who: 'root' }])
})

test('off takes the password and a code; the codes go with it', async () => {
  const { ask, token, code, codes, signIn } = await withTotp()
  const off = (body: object) => ask(token, 'POST', '/totp/remove', body).then(codeIn)
  expect(await off({ password: 'not the password', code: code() })).toBe('password_wrong')
  expect(await off({ password, code: '000000' })).toBe('code_wrong')
  expect(await off({ password, code: code() })).toBe(204)
  expect(await off({ password, code: code() })).toBe('totp_not_on')
  expect(codeIn(await signIn())).toBe(200)
  const { rows } = await database.pool.query(
    'select totp_sealed, backup_code_hashes, totp_last_step from logins where totp_sealed is not null or backup_code_hashes <> $1',
    [[]],
  )
  expect(rows).toEqual([])
  expect(codes).toHaveLength(10)
})

test('guesses at the code are limited as guesses at the password are', async () => {
  const { signIn } = await withTotp()
  for (let guess = 0; guess < 5; guess++) expect(codeIn(await signIn('000000'))).toBe('totp_wrong')
  expect(codeIn(await signIn('000000'))).toBe('rate_limited')
})

test('codes are guessed at only so often at one login, from however many places, by whoever has the password', async () => {
  const { ask, engine, code, codes } = await withTotp()
  const enter = (given: string, cookie: string, typed = password) =>
    ask(null, 'POST', '/sign-in', { email, password: typed, code: given }, { cookie })
  const login = await readRootLogin(engine.system.db, accountId)
  /** Whoever reads the mailbox is a known device after every reset. */
  const newPlace = async () => {
    engine.passWall(minuteMs)
    const token = await makeLink(engine.system, engine.system.db, login?.loginId ?? '', 'reset')
    const finished = await ask(null, 'POST', '/password-resets/finish', { token, password })
    return String(finished.headers['set-cookie']).split(';')[0] ?? ''
  }
  // Without the password nobody's codes are used up.
  for (let guess = 0; guess < 4; guess++) await enter('000000', '', 'not the password')
  for (let guess = 0; guess < 10; guess++) {
    expect(codeIn(await enter(guess % 2 ? '000000' : 'abcd-efgh-jkmn', await newPlace()))).toBe('totp_wrong')
  }
  const place = await newPlace()
  const refused = await enter('000000', place)
  expect([refused.status, refused.body.code]).toEqual([429, 'rate_limited'])
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(40 * 60)
  expect(codeIn(await enter(codes[0] ?? '', place))).toBe('rate_limited')
  engine.passWall(hourMs)
  expect(codeIn(await enter(code(), place))).toBe(200)
})

test('a secret that was begun lapses after a quarter of an hour, and its code is guessed at only so often', async () => {
  const { ask, token, codeOf, engine } = await scene()
  const begin = async () => (await ask(token, 'POST', '/totp', { password })).body.secret
  const confirm = (code: string) => ask(token, 'POST', '/totp/confirm', { code }).then(codeIn)
  const lapsed = await begin()
  engine.passWall(15 * minuteMs)
  expect(await confirm(codeOf(lapsed))).toBe('totp_not_begun')
  const secret = await begin()
  for (let guess = 0; guess < 10; guess++) expect(await confirm(codeOf(secret, 5))).toBe('code_wrong')
  expect(await confirm(codeOf(secret))).toBe('rate_limited')
  engine.passWall(hourMs)
  expect(await confirm(codeOf(await begin()))).toBe(200)
})

test('an admin turns them off for a root user who lost everything, and nobody else does', async () => {
  const { ask, signIn, staffToken, keyToken } = await withTotp()
  const remove = (token: string) => ask(token, 'POST', `/accounts/${accountId}/totp/remove`).then(codeIn)
  expect(await remove(await staffToken('support'))).toBe('not_permitted')
  expect(await remove(await keyToken(['accounts:write']))).toBe('not_permitted')
  const admin = await staffToken('admin')
  expect(await remove(admin)).toBe(204)
  expect(await remove(admin)).toBe('totp_not_on')
  expect(codeIn(await signIn())).toBe(200)
})

test('staff keep theirs outside the sandbox', async () => {
  const { engine } = await scene()
  const strict = await apiOn(engine, { sandbox: false })
  const removed = await strict.ask(await strict.staffToken('admin'), 'POST', '/totp/remove', {
    password,
    code: '000000',
  })
  expect(codeIn(removed)).toBe('not_permitted')
})
