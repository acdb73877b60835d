/** A token is a caller, and only for as long as it is good (F56). */
import { expect, test } from 'vitest'
import { hourMs } from '../../src/domain/calendar.ts'
import { identify } from '../../src/operations/identity/identify.ts'
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
