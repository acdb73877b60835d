/** Accounts as the platform pushes them in, and as whoever may see them reads them. */
import { z } from 'zod'
import { bucketOfAccount } from '../../domain/bucket.ts'
import { closeAccount, putAccount } from '../../operations/put-account.ts'
import { type Account, readAccount } from '../../postgres/accounts.ts'
import { Problem } from '../errors.ts'
import { route } from '../route.ts'
import { coverage, instantOut, ofAccount, wireInstant, wireInstantOrNull } from '../wire.ts'

const kind = z.enum(['individual', 'business']).meta({ description: 'Never changes.' })

const accountOut = z
  .object({
    accountId: z.string(),
    kind,
    email: z.string().nullable().meta({ description: 'The root user’s; null to who may not see it.' }),
    coverages: z.array(z.string()),
    createdAt: instantOut,
    closedAt: instantOut.nullable(),
  })
  .meta({ id: 'Account' })

const accountView = (account: Account): z.input<typeof accountOut> => ({
  ...account,
  coverages: [...account.coverages],
  createdAt: wireInstant(account.createdAt),
  closedAt: wireInstantOrNull(account.closedAt),
})

const accountIn = z.strictObject({
  kind,
  email: z.email().max(250).meta({ description: 'Of the root user; theirs alone.', example: 'root@example.com' }),
  coverages: z.array(coverage).min(1).max(20).meta({ description: 'Those the account uses; none is ever taken away.' }),
})

export const accountRoutes = [
  route({
    operation: 'putAccount',
    method: 'PUT',
    path: '/accounts/:accountId',
    tag: 'Accounts',
    summary: 'Make an account known, or bring it up to date',
    description: 'The same again changes nothing. A new account’s root user gets a password through a reset.',
    params: ofAccount,
    body: accountIn,
    answer: { status: 200, description: 'The account as it is now.', schema: accountOut },
    problems: ['account_kind_fixed', 'account_closed', 'email_taken', 'coverage_unknown'],
    handle: async ({ system, params, body, now }) => {
      const unknown = body.coverages.find((code) => !system.coverages.has(code))
      if (unknown) throw new Problem('coverage_unknown')
      const put = await putAccount(system, { ...params, ...body }, now)
      if ('refused' in put) throw new Problem(put.refused)
      return accountView(put.account)
    },
  }),
  route({
    operation: 'readAccount',
    method: 'GET',
    path: '/accounts/:accountId',
    tag: 'Accounts',
    summary: 'An account and the coverages it uses',
    description: 'Holds no payment information, so SAM users may read it, too.',
    params: ofAccount,
    answer: { status: 200, description: 'The account.', schema: accountOut },
    problems: ['not_found'],
    handle: async ({ system, params, caller }) => {
      const account = await readAccount(system.db, { bucket: bucketOfAccount(params.accountId), ...params })
      if (!account) throw new Problem('not_found')
      return accountView(caller.kind === 'sam' ? { ...account, email: null } : account)
    },
  }),
  route({
    operation: 'closeAccount',
    method: 'POST',
    path: '/accounts/:accountId/close',
    tag: 'Accounts',
    summary: 'Close an account for good',
    description: 'What it owes stays owed; nothing is charged automatically any more.',
    params: ofAccount,
    answer: { status: 200, description: 'The account, closed.', schema: accountOut },
    problems: ['not_found'],
    handle: async ({ system, params, now }) => {
      const account = await closeAccount(system, params.accountId, now)
      if (!account) throw new Problem('not_found')
      return accountView(account)
    },
  }),
]
