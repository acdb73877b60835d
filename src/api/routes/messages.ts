/** E-mail that could not be sent: staff see it, and have it tried again once the cause is gone. */
import { z } from 'zod'
import { bucketOf } from '../../domain/bucket.ts'
import { type MessageKind, messageKinds } from '../../domain/message.ts'
import { readMailFailures, requeueMessage } from '../../postgres/messages.ts'
import { pageFrom, readCursor } from '../cursor.ts'
import { Problem } from '../errors.ts'
import { route } from '../route.ts'
import { instantOut, ourId, page, pageOf, wireInstant } from '../wire.ts'

const kinds = Object.keys(messageKinds) as [MessageKind, ...MessageKind[]] // an object's own keys, and not none

const failureOut = z.object({
  messageId: ourId,
  accountId: z.string().nullable().meta({ description: 'Null for a mail to staff.', example: 'OP0000000001' }),
  coverage: z.string().nullable(),
  kind: z.enum(kinds).meta({ description: 'What it was to tell.', example: 'payment_failed' }),
  attempts: z.int().meta({ description: 'How often the mail server was asked.', example: 1 }),
  problem: z
    .string()
    .nullable()
    .meta({ description: 'What the mail server said, without the address.', example: '550 no such mailbox' }),
  happenedAt: instantOut.meta({ description: 'When what it tells happened.' }),
  failedAt: instantOut.meta({ description: 'When it was given up, in wall time.' }),
})

export const messageRoutes = [
  route({
    operation: 'listMailFailures',
    method: 'GET',
    path: '/messages/failures',
    tag: 'Staff',
    summary: 'E-mail that could not be sent',
    description:
      'Refused by the mail server, or tried in vain for two days; the latest first. The address is the root user’s.',
    query: z.strictObject(page),
    answer: { status: 200, description: 'A page of them.', schema: pageOf(failureOut) },
    handle: async ({ system, query: { limit, cursor } }) => {
      const before = readCursor(cursor, z.object({ id: ourId }))
      const rows = await readMailFailures(system.db, before?.id ?? null, limit + 1)
      return pageFrom(
        rows,
        limit,
        ({ messageId }) => ({ id: messageId }),
        ({ happenedAt, failedAtWall, ...row }) => ({
          ...row,
          happenedAt: wireInstant(happenedAt),
          failedAt: wireInstant(failedAtWall),
        }),
      )
    },
  }),
  route({
    operation: 'retryMail',
    method: 'POST',
    path: '/messages/:messageId/retry',
    tag: 'Staff',
    summary: 'Send a failed e-mail again',
    description:
      'It says what is true when it is sent; what is paid by then is not asked for, and the mail is dropped.',
    params: z.object({ messageId: ourId }),
    answer: { status: 202, description: 'It is queued.', schema: z.object({ status: z.literal('queued') }) },
    problems: ['not_found', 'message_not_failed', 'message_link_gone'],
    handle: async ({ system, params: { messageId } }) => {
      const done = await requeueMessage(system.db, bucketOf(messageId), messageId, system.wallNow())
      switch (done) {
        case 'queued':
          return { status: done }
        case 'unknown':
          throw new Problem('not_found')
        case 'not_failed':
          throw new Problem('message_not_failed')
        case 'link_gone':
          throw new Problem('message_link_gone')
      }
    },
  }),
]
