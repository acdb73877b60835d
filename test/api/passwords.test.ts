/** Passwords: changed, reset by e-mail, and what either ends. */
import { expect, test } from 'vitest'
import { dayMs, hourMs, minuteMs } from '../../src/domain/calendar.ts'
import { addAccounts } from '../../src/operations/add-accounts.ts'
import { operator } from '../../src/operations/identity/audit.ts'
import { addSamUser } from '../../src/operations/identity/sam-users.ts'
import { setRootPassword } from '../../src/operations/identity/write-password.ts'
import { apiOn } from '../support/api.ts'
import { testDatabase } from '../support/database.ts'
import { catcherForTest, mailerForTest, mailsIn } from '../support/mail.ts'
import { freshEngine } from '../support/scenes.ts'

const database = testDatabase()
const accountId = 'OP0000000001'
const email = 'root@example.com'
const password = 'a long enough password'
const newPassword = 'another one, long enough'

async function scene() {
  const catcher = await catcherForTest()
  const engine = await freshEngine(database, { mailer: mailerForTest(catcher.smtpUrl) })
  const mails = async () => {
    await engine.idle()
    return mailsIn(catcher)
  }
  await addAccounts(engine.system, [{ accountId, kind: 'individual', email, coverages: ['g'] }], engine.now())
  await setRootPassword(engine.system, accountId, password)
  const api = await apiOn(engine, { trustProxyHops: 1 })
  const signIn = async (given: string) => (await api.ask(null, 'POST', '/sign-in', { email, password: given })).status
  /** Asks for a reset, and answers the token of the e-mail that came of it. */
  const mailedToken = async () => {
    const asked = await api.ask(null, 'POST', '/password-resets', { email })
    expect(asked.status).toBe(202)
    return tokenIn((await mails()).at(-1))
  }
  const finish = (token: string, chosen = newPassword) =>
    api.ask(null, 'POST', '/password-resets/finish', { token, password: chosen })
  return { ...api, engine, mails, signIn, mailedToken, finish }
}

const tokenIn = (mail: { readonly text: string } | undefined): string =>
  /#(kpl_[\w-]{43})/.exec(mail?.text ?? '')?.[1] ?? 'no token'

test('a changed password ends every other session and the old password', async () => {
  const { ask, rootToken, signIn } = await scene()
  const [mine, other] = [await rootToken(accountId), await rootToken(accountId)]
  const change = (body: object) => ask(mine, 'PUT', '/password', body)
  expect((await change({ password: 'not the password', newPassword })).body.code).toBe('password_wrong')
  expect((await ask(other, 'GET', '/me')).status).toBe(200)
  expect((await change({ password, newPassword })).status).toBe(204)
  expect([(await ask(mine, 'GET', '/me')).status, (await ask(other, 'GET', '/me')).status]).toEqual([200, 401])
  expect([await signIn(password), await signIn(newPassword)]).toEqual([401, 200])
})

const refused: [given: string, code: string][] = [
  ['nine char', 'password_too_short'],
  ['x'.repeat(201), 'password_too_long'],
  ['aaaaaaaaaaaaaaaa', 'password_guessable'],
  [email.toUpperCase(), 'password_guessable'],
]
test('what is no password is refused, and says why', async () => {
  const { ask, rootToken } = await scene()
  const mine = await rootToken(accountId)
  for (const [given, code] of refused) {
    expect((await ask(mine, 'PUT', '/password', { password, newPassword: given })).body.code).toBe(code)
  }
})

test('the link in the e-mail sets a password once, and ends every session', async () => {
  const { ask, rootToken, signIn, mailedToken, finish, mails } = await scene()
  const session = await rootToken(accountId)
  const token = await mailedToken()
  expect(await mails()).toMatchObject([{ to: email, subject: 'Set a new password' }])
  expect(await signIn(password)).toBe(200)
  expect((await finish(token)).status).toBe(204)
  expect((await ask(session, 'GET', '/me')).status).toBe(401)
  expect([await signIn(password), await signIn(newPassword)]).toEqual([401, 200])
  expect((await finish(token, 'a third one, long enough')).body.code).toBe('link_not_good')
  expect(await signIn(newPassword)).toBe(200)
})

test('a link is good for half an hour, and until the next one', async () => {
  const { engine, mailedToken, finish } = await scene()
  const first = await mailedToken()
  const second = await mailedToken()
  expect((await finish(first)).body.code).toBe('link_not_good')
  engine.passWall(30 * minuteMs)
  expect((await finish(second)).body.code).toBe('link_not_good')
  expect((await finish(`kpl_${'x'.repeat(43)}`)).body.code).toBe('link_not_good')
  expect((await finish('anything')).body.code).toBe('link_not_good')
})

test('of two that use one link at once, one sets the password', async () => {
  const { mailedToken, finish } = await scene()
  const token = await mailedToken()
  const both = await Promise.all([finish(token, 'the first of the two'), finish(token, 'the second of the two')])
  expect(both.map(({ status }) => status).toSorted()).toEqual([204, 410])
})

test('a link outlives a refused password, but no change of it', async () => {
  const { ask, rootToken, mailedToken, finish } = await scene()
  const token = await mailedToken()
  expect((await finish(token, 'short')).body.code).toBe('password_too_short')
  const mine = await rootToken(accountId)
  expect((await ask(mine, 'PUT', '/password', { password, newPassword })).status).toBe(204)
  expect((await finish(token)).body.code).toBe('link_not_good')
})

test('a link that went to a former e-mail address is no good', async () => {
  const { ask, keyToken, mailedToken, finish } = await scene()
  const token = await mailedToken()
  const account = { kind: 'individual', email: 'moved@example.com', coverages: ['g'] }
  expect((await ask(await keyToken(['accounts:write']), 'PUT', `/accounts/${accountId}`, account)).status).toBe(200)
  expect((await finish(token)).body.code).toBe('link_not_good')
})

test('asking answers the same for an e-mail that nobody has, and writes to nobody', async () => {
  const { ask, mails } = await scene()
  const known = await ask(null, 'POST', '/password-resets', { email })
  const unknown = await ask(null, 'POST', '/password-resets', { email: 'nobody@example.com' })
  expect([unknown.status, unknown.text, Object.keys(unknown.headers)]).toEqual([
    known.status,
    known.text,
    Object.keys(known.headers),
  ])
  expect((await mails()).map(({ to }) => to)).toEqual([email])
})

test('nobody’s mailbox is flooded: five an hour, known or not', async () => {
  const { ask, engine, mails } = await scene()
  engine.stopWall()
  for (const name of [email, 'nobody@example.com']) {
    const statuses = await Promise.all(
      Array.from({ length: 7 }, async () => (await ask(null, 'POST', '/password-resets', { email: name })).status),
    )
    expect(statuses.toSorted()).toEqual([202, 202, 202, 202, 202, 429, 429])
  }
  expect((await mails()).length).toBeLessThanOrEqual(5)
  engine.passWall(hourMs)
  expect((await ask(null, 'POST', '/password-resets', { email })).status).toBe(202)
})

test('a new account’s root user is invited, for a week', async () => {
  const { ask, engine, keyToken, mails, finish } = await scene()
  const key = await keyToken(['accounts:write'])
  const other = { accountId: 'OP0000000002', email: 'second@example.com' }
  await addAccounts(engine.system, [{ ...other, kind: 'individual', coverages: ['jp'] }], engine.now())
  expect((await ask(key, 'POST', `/accounts/${other.accountId}/invitation`)).status).toBe(202)
  const [mail] = await mails()
  expect(mail).toMatchObject({ to: other.email, subject: 'パスワードの設定' })
  engine.passWall(6 * dayMs)
  expect((await finish(tokenIn(mail))).status).toBe(204)
  const opened = await ask(null, 'POST', '/sign-in', { email: other.email, password: newPassword })
  expect((await ask(String(opened.body.token), 'GET', '/me')).body.accountId).toBe(other.accountId)
})

test('the account’s events tell who changed what, and hold no secret', async () => {
  const { ask, rootToken, mailedToken, finish } = await scene()
  await ask(await rootToken(accountId), 'PUT', '/password', { password, newPassword })
  const token = await mailedToken()
  await finish(token, password)
  const { rows } = await database.pool.query<{ kind: string; details: object }>(
    "select kind, details from events where kind like 'password%' order by kind",
  )
  expect(rows.map(({ kind }) => kind)).toEqual(['password_changed', 'password_reset'])
  expect(rows[0]?.details).toMatchObject({ who: 'root', address: '127.0.0.1' })
})

test('root sets a SAM user’s password and removes the user; both end its sessions at once', async () => {
  const { ask, engine, rootToken, samToken } = await scene()
  const added = await addSamUser(engine.system, { accountId, userName: 'ops', password: null }, operator, engine.now())
  if ('refused' in added) throw new Error(added.refused)
  const [root, sam] = [await rootToken(accountId), await samToken(accountId, 'ops')]
  const user = `/accounts/${accountId}/users/${added.userId}`
  const enter = async () =>
    (await ask(null, 'POST', '/sign-in', { accountId, userName: 'ops', password: newPassword })).status
  expect(await enter()).toBe(401)
  expect((await ask(root, 'PUT', `${user}/password`, { password: newPassword })).status).toBe(204)
  expect((await ask(sam, 'GET', '/me')).status).toBe(401)
  expect(await enter()).toBe(200)
  const again = await samToken(accountId, 'ops')
  expect((await ask(root, 'DELETE', user)).status).toBe(204)
  expect((await ask(again, 'GET', '/me')).status).toBe(401)
  expect(await enter()).toBe(401)
  expect((await ask(root, 'DELETE', user)).body.code).toBe('not_found')
  expect((await ask(root, 'POST', `/accounts/${accountId}/users`, { userName: 'ops' })).status).toBe(201)
})
