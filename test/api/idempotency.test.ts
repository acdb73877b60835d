/** The same POST twice is done once: whatever it answers, and whatever happens to the database meanwhile. */
import { expect, test } from 'vitest'
import { writeLeftOver } from '../../src/api/claims.ts'
import { addAccounts } from '../../src/operations/add-accounts.ts'
import { apiOn } from '../support/api.ts'
import { testDatabase } from '../support/database.ts'
import { freshEngine } from '../support/scenes.ts'

const database = testDatabase()
const accountId = 'OP0000000001'
const once = { 'idempotency-key': 'once' }

async function scene() {
  const engine = await freshEngine(database)
  const account = { accountId, kind: 'individual', email: 'root@example.com', coverages: ['g'] } as const
  await addAccounts(engine.system, [account], engine.now())
  return { engine, ...(await apiOn(engine)) }
}

const count = async (table: string): Promise<number> =>
  (await database.pool.query(`select count(*)::int as n from ${table}`)).rows[0].n

test('an answer without a body is kept like any other', async () => {
  const { ask, keyToken } = await scene()
  const key = await keyToken(['accounts:write'])
  const invite = () => ask(key, 'POST', `/accounts/${accountId}/invitation`, undefined, once)
  const [first, again] = [await invite(), await invite()]
  expect([first.status, first.text, first.headers['idempotency-replayed']]).toEqual([202, '', undefined])
  expect([again.status, again.text, again.headers['idempotency-replayed']]).toEqual([202, '', 'true'])
  expect(await count('password_links')).toBe(1)
})

test('a database that is away when the answer is kept holds up neither the answer nor the key', async () => {
  const { ask, engine, keyToken } = await scene()
  const key = await keyToken(['accounts:write'])
  const close = () => ask(key, 'POST', `/accounts/${accountId}/close`, undefined, once)
  await database.pool.query(`
    create function refuse() returns trigger language plpgsql as $$ begin raise exception 'words of the database'; end $$;
    create trigger refuse before update on idempotent_requests for each row execute function refuse()`)
  const answered = await close()
  expect([answered.status, answered.body.accountId]).toEqual([200, accountId])
  const meanwhile = await close()
  expect(meanwhile.status).toBeGreaterThanOrEqual(500)
  expect(meanwhile.text).not.toContain('words')
  await expect(writeLeftOver(engine.system)).rejects.toThrow('words')
  await database.pool.query('drop trigger refuse on idempotent_requests; drop function refuse')
  const again = await close()
  expect([again.status, again.text, again.headers['idempotency-replayed']]).toEqual([200, answered.text, 'true'])
})

test('a body nested as deep as it goes is refused under an Idempotency-Key, too', async () => {
  const { ask, staffToken } = await scene()
  const admin = await staffToken('admin')
  const deep = `{"name":${'['.repeat(30_000)}${']'.repeat(30_000)}}`
  const answer = await ask(admin, 'POST', '/keys', deep, { ...once, 'content-type': 'application/json' })
  expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request'])
})
