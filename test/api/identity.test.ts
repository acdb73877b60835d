/** A token is a caller, and only for as long as it is good (F56). */
import { expect, test } from 'vitest'
import { dayMs, hourMs } from '../../src/domain/calendar.ts'
import { identify } from '../../src/operations/identity/identify.ts'
import { forgetOldIdentity } from '../../src/postgres/forget-identity.ts'
import { apiOn } from '../support/api.ts'
import { testDatabase } from '../support/database.ts'
import { accountWithCard } from '../support/engine.ts'
import { freshEngine } from '../support/scenes.ts'

const database = testDatabase()
const accountId = 'OP0000000001'

test('each kind of sign-in becomes the caller it belongs to', async () => {
  const engine = await freshEngine(database)
  await accountWithCard(engine, accountId)
  const api = await apiOn(engine)
  const session = async (token: string) => identify(engine.system, { kind: 'session', token })
  expect(await session(await api.rootToken(accountId))).toMatchObject({ kind: 'root', accountId })
  expect(await session(await api.samToken(accountId))).toMatchObject({ kind: 'sam', accountId })
  expect(await session(await api.staffToken('billing'))).toMatchObject({ kind: 'staff', role: 'billing' })
  const key = await api.keyToken(['fees:write'])
  expect(await identify(engine.system, { kind: 'key', token: key })).toMatchObject({
    kind: 'platform',
    scopes: ['fees:write'],
  })
  expect(await session(key)).toEqual({ kind: 'nobody' })
  expect((await api.ask(null, 'GET', '/health')).status).toBe(200)
})

test('F56 a session that was not used, or is too old, is nobody’s', async () => {
  const engine = await freshEngine(database)
  await accountWithCard(engine, accountId)
  const api = await apiOn(engine)
  const token = await api.rootToken(accountId)
  const kind = async () => (await identify(engine.system, { kind: 'session', token })).kind
  for (let hours = 0; hours < 7 * 24 - 11; hours += 11) {
    expect(await kind()).toBe('root')
    engine.passWall(11 * hourMs)
  }
  engine.passWall(11 * hourMs)
  expect(await kind()).toBe('nobody')
  const unused = await api.rootToken(accountId)
  engine.passWall(12 * hourMs)
  expect((await identify(engine.system, { kind: 'session', token: unused })).kind).toBe('nobody')
})

test('business time signs nobody out, wherever it is moved', async () => {
  const engine = await freshEngine(database)
  await accountWithCard(engine, accountId)
  const api = await apiOn(engine)
  const token = await api.rootToken(accountId)
  for (const now of ['2037-01-01T00:00:00Z', '2007-01-01T00:00:00Z']) {
    engine.setNow(now)
    expect((await api.ask(token, 'GET', '/me')).status).toBe(200)
  }
})

test('what is over is forgotten in time; what is not stays', async () => {
  const engine = await freshEngine(database)
  await accountWithCard(engine, accountId)
  const api = await apiOn(engine)
  await api.ask(null, 'POST', '/password-resets', { email: `${accountId}@example.com` })
  await api.ask(null, 'POST', '/sign-in', { email: 'nobody@example.com', password: 'not the password' })
  await api.rootToken(accountId)
  const count = async () => {
    await forgetOldIdentity(engine.system.db, engine.system.wallNow())
    const tables = ['rate_limits', 'password_links', 'sessions', 'audit']
    const counted = tables.map((table) => database.pool.query(`select 1 from ${table}`))
    return (await Promise.all(counted)).map(({ rowCount }) => Number(rowCount) > 0)
  }
  expect(await count()).toEqual([true, true, true, true])
  engine.passWall(2 * dayMs)
  expect(await count()).toEqual([false, true, true, true])
  engine.passWall(30 * dayMs)
  expect(await count()).toEqual([false, false, true, true])
  engine.passWall(70 * dayMs)
  expect(await count()).toEqual([false, false, false, true])
  engine.passWall(730 * dayMs)
  expect(await count()).toEqual([false, false, false, false])
})
