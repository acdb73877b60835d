/** Who may do what, with the server dying before and after each effect: nobody keeps or loses access half-way. */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { bucketOfAccount } from '../../src/domain/bucket.ts'
import { addAccounts } from '../../src/operations/add-accounts.ts'
import { addStaff, endStaff, inviteStaff } from '../../src/operations/identity/add-staff.ts'
import { createKey, revoke, rotateKey } from '../../src/operations/identity/api-keys.ts'
import { operator } from '../../src/operations/identity/audit.ts'
import { makeLink } from '../../src/operations/identity/password-links.ts'
import { finishPasswordReset } from '../../src/operations/identity/password-reset.ts'
import { addSamUser, removeSamUser } from '../../src/operations/identity/sam-users.ts'
import { finishStaffSetUp } from '../../src/operations/identity/set-up-staff.ts'
import type { System } from '../../src/operations/system.ts'
import { transaction } from '../../src/postgres/database.ts'
import { readRootLogin } from '../../src/postgres/logins.ts'
import { crashEverywhere } from '../support/crash.ts'
import { testDatabase } from '../support/database.ts'
import type { Engine } from '../support/engine.ts'

const database = testDatabase()
const accountId = 'OP0000000001'
const bucket = bucketOfAccount(accountId)
const password = 'a long enough password'
const address = '198.51.100.7'
/** Given with the request, as an Idempotency-Key gives them: the same when it is asked again. */
const id = `01a208fa-7e04-788a-${(0x80 | bucket).toString(16)}ad-572ca4bec6b9`

type Act = (system: System, engine: Engine) => Promise<unknown>

/** Whoever got no answer asks again; what can be done with what there is then must be the same. */
async function check(setUp: (engine: Engine) => Promise<unknown>, act: Act) {
  const ends: unknown[] = []
  const deaths = await crashEverywhere(database, {
    setUp: async (engine) => {
      const account = { accountId, kind: 'individual' as const, email: 'root@example.com', coverages: ['g'] }
      await addAccounts(engine.system, [account], engine.now())
      await setUp(engine)
    },
    operate: act,
    repeat: act,
    forMs: 0,
    atEnd: async (engine) => void ends.push(await accessOf(engine)),
  })
  expect(deaths).toContain('before commit')
  for (const end of ends) expect(end).toEqual(ends[0])
}

/** Every way in, without what is drawn anew; and what was written down about it. */
async function accessOf({ system }: Engine) {
  const asked = {
    logins: sql`select kind, account_id, email, user_name, password_hash is not null as password,
      totp_on_at is not null as totp from logins order by 1, 2, 3, 4`,
    staff: sql`select name, role, ended_at is not null as ended from staff order by 1`,
    keys: sql`select name, scopes, former_hash is not null as former, revoked_at is not null as revoked from api_keys order by 1`,
    // A link whose answer was lost is nobody's: the next one ends it.
    links: sql`select purpose, count(*) filter (where used_at is null)::int as good from password_links group by 1 order by 1`,
    users: sql`select role, email, user_name from users order by 1, 2, 3`,
    audit: sql`select distinct act from audit order by 1`,
  }
  const parts = Object.entries(asked).map(async ([name, query]) => [name, (await query.execute(system.db)).rows])
  return Object.fromEntries(await Promise.all(parts))
}

const staff = { name: 'Aoi', email: 'aoi@example.com', role: 'billing' } as const
const admin = { name: 'Ben', email: 'ben@example.com', role: 'admin' } as const
const key = { name: 'shop', scopes: ['fees:write'], expiresAt: null } as const
const nothing = async () => undefined
let token = ''

test('adding a staff member', () => check(nothing, (system) => addStaff(system, staff, operator, id)))

async function added({ system }: Engine) {
  const answer = await addStaff(system, staff, operator, id)
  token = 'token' in answer ? answer.token : ''
}

test('inviting a staff member again', () => check(added, (system) => inviteStaff(system, id, operator, id)))

test('a staff member sets the first password', () =>
  check(added, (system, engine) =>
    finishStaffSetUp(system, { token, password, code: null, address, sandbox: true }, engine.now()),
  ))

test('ending a staff member', () =>
  check(
    async (engine) => {
      await addStaff(engine.system, admin, operator)
      await added(engine)
    },
    (system) => endStaff(system, id, operator),
  ))

test('creating a key', () => check(nothing, (system) => createKey(system, key, operator, id)))

const created = ({ system }: Engine) => createKey(system, key, operator, id)

test('rotating a key', () => check(created, (system) => rotateKey(system, id, operator, 60_000, id)))

test('revoking a key', () => check(created, (system) => revoke(system, id, operator)))

const sam = { accountId, userName: 'mika', password }

test('adding a SAM user', () => check(nothing, (system, engine) => addSamUser(system, sam, operator, engine.now(), id)))

test('removing a SAM user', () =>
  check(
    (engine) => addSamUser(engine.system, { ...sam, password: null }, operator, engine.now(), id),
    (system, engine) => removeSamUser(system, { accountId, userId: id }, operator, engine.now()),
  ))

test('a root user sets a password by a link', () =>
  check(
    async (engine) => {
      const login = await readRootLogin(engine.system.db, accountId)
      token = await transaction(engine.system.db, (tx) => makeLink(engine.system, tx, login?.loginId ?? '', 'reset'))
    },
    (system, engine) => finishPasswordReset(system, { token, password, address }, engine.now()),
  ))
