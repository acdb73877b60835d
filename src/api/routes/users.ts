/** The users of an account. SAM users are root's to make and remove, and see nothing of payment. */
import { z } from 'zod'
import { bucketOfAccount } from '../../domain/bucket.ts'
import { refusePassword } from '../../domain/password.ts'
import { actorOf } from '../../operations/identity/audit.ts'
import { addSamUser, removeSamUser, setSamPassword } from '../../operations/identity/sam-users.ts'
import { readUsers } from '../../postgres/users.ts'
import { pageFrom, readCursor } from '../cursor.ts'
import { Problem } from '../errors.ts'
import { route } from '../route.ts'
import { accountId, instantOut, ofAccount, ourId, page, pageOf, wireInstant } from '../wire.ts'
import { newPassword } from './passwords.ts'

const userName = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[^\p{C}\s]([^\p{C}]*[^\p{C}\s])?$/u, 'visible characters, with no space at either end')
  .meta({ example: 'operations' })

const userOut = z
  .object({
    userId: z.string(),
    role: z.enum(['root', 'sam']),
    userName: z.string().nullable().meta({ description: 'Null for root.' }),
    createdAt: instantOut,
    passwordSet: z.boolean().meta({ description: 'Without one, nobody signs in as this user.' }),
    totpOn: z.boolean(),
  })
  .meta({ id: 'User' })

const ofUser = z.object({ accountId, userId: ourId })

export const userRoutes = [
  route({
    operation: 'listUsers',
    method: 'GET',
    path: '/accounts/:accountId/users',
    tag: 'Accounts',
    summary: 'Root and SAM users of an account',
    params: ofAccount,
    query: z.strictObject(page),
    answer: { status: 200, description: 'Root first, then by name.', schema: pageOf(userOut) },
    handle: async ({ system, params, query: { limit, cursor } }) => {
      const after = readCursor(cursor, z.object({ name: z.string().nullable() }))
      const key = { ...params, bucket: bucketOfAccount(params.accountId) }
      const rows = await readUsers(system.db, key, limit + 1, after)
      return pageFrom(
        rows,
        limit,
        (row) => ({ name: row.userName }),
        ({ email: _, ...row }) => ({ ...row, createdAt: wireInstant(row.createdAt) }),
      )
    },
  }),
  route({
    operation: 'addUser',
    method: 'POST',
    path: '/accounts/:accountId/users',
    tag: 'Accounts',
    summary: 'Add a SAM user',
    description: 'Signs in with account id, user name and password.',
    params: ofAccount,
    body: z.strictObject({ userName, password: newPassword.optional() }),
    answer: { status: 201, description: 'The user.', schema: z.object({ userId: z.string() }) },
    problems: ['not_found', 'user_name_taken', 'password_too_short', 'password_too_long', 'password_guessable'],
    handle: async ({ system, params, body, caller, address, now, createId }) => {
      const password = body.password ?? null
      refuseWeak(password, body.userName, params.accountId)
      const user = { accountId: params.accountId, userName: body.userName, password }
      const added = await addSamUser(system, user, actorOf(caller, address), now, createId())
      if ('refused' in added) throw new Problem(added.refused)
      return added
    },
  }),
  route({
    operation: 'removeUser',
    method: 'DELETE',
    path: '/accounts/:accountId/users/:userId',
    tag: 'Accounts',
    summary: 'Remove a SAM user',
    description: 'Its sessions end at once. Root cannot be removed.',
    params: ofUser,
    answer: { status: 204, description: 'The user is gone.' },
    problems: ['not_found'],
    handle: async ({ system, params, caller, address, now }) => {
      if (!(await removeSamUser(system, params, actorOf(caller, address), now))) throw new Problem('not_found')
      return undefined
    },
  }),
  route({
    operation: 'setUserPassword',
    method: 'PUT',
    path: '/accounts/:accountId/users/:userId/password',
    tag: 'Accounts',
    summary: 'Set a SAM user’s password',
    description: 'Every session of the user ends.',
    params: ofUser,
    body: z.strictObject({ password: newPassword }),
    answer: { status: 204, description: 'It is set.' },
    problems: ['not_found', 'password_too_short', 'password_too_long', 'password_guessable'],
    handle: async ({ system, params, body, caller, address, now }) => {
      refuseWeak(body.password, params.accountId)
      const set = await setSamPassword(system, { ...params, ...body }, actorOf(caller, address), now)
      if (!set) throw new Problem('not_found')
      return undefined
    },
  }),
]

function refuseWeak(password: string | null, ...known: readonly string[]): void {
  const refused = password === null ? null : refusePassword(password, known)
  if (refused !== null) throw new Problem(refused)
}
