/** What needs a person: the queue of billing and support staff. */
import { z } from 'zod'
import { refuseAccess } from '../../domain/access.ts'
import { bucketOf } from '../../domain/bucket.ts'
import { mayClose, type StaffQueueKind, safeActs, staffQueueKinds } from '../../domain/staff-queue.ts'
import { closeStaffQueueEntry, listStaffQueue, readStaffQueueEntry } from '../../postgres/staff-queue.ts'
import { say } from '../../texts/language.ts'
import { staffQueueTexts } from '../../texts/staff-queue.ts'
import { pageFrom, readCursor } from '../cursor.ts'
import { Problem } from '../errors.ts'
import { whoIs } from '../repair-views.ts'
import { route } from '../route.ts'
import { coverage, epochMs, instantOut, ourId, page, pageOf, wireInstant } from '../wire.ts'

const kindNames = Object.keys(staffQueueKinds) as [StaffQueueKind] // its own keys, one at least
const kind = z.enum(kindNames).meta({
  description: kindNames.map((name) => `\`${name}\`: ${staffQueueKinds[name]}`).join(' '),
})

const entryOut = z
  .object({
    entryId: z.string(),
    accountId: z.string(),
    coverage: z.string(),
    kind,
    text: z.string().meta({ description: 'What it is about, in the language asked for.' }),
    subjectId: z.string().meta({ description: 'The charge, the refund or the dispute.' }),
    chargeId: z.string().nullable(),
    evidence: z.record(z.string(), z.unknown()).meta({ description: 'What was known when it was opened.' }),
    openedAt: instantOut,
    acts: z.array(z.string()).meta({ description: 'Operations that help, of those this caller may use.' }),
  })
  .meta({ id: 'StaffQueueEntry' })

export const staffQueueRoutes = [
  route({
    operation: 'listStaffQueue',
    method: 'GET',
    path: '/staff-queue',
    tag: 'Staff',
    summary: 'What needs a person, oldest first',
    query: z.strictObject({ ...page, kind: kind.optional(), coverage: coverage.optional() }),
    answer: { status: 200, description: 'A page of open entries.', schema: pageOf(entryOut) },
    handle: async ({ system, caller, language, query: { limit, cursor, ...filters } }) => {
      const after = readCursor(cursor, z.object({ at: epochMs, id: ourId }))
      const rows = await listStaffQueue(system.db, { ...filters, after, limit: limit + 1 })
      return pageFrom(
        rows,
        limit,
        (row) => ({ at: row.openedAt, id: row.entryId }),
        (row) => ({
          ...row,
          text: say(staffQueueTexts[row.kind], language, {}),
          openedAt: wireInstant(row.openedAt),
          acts: safeActs[row.kind].filter((act) => refuseAccess(act, caller, null) === null),
        }),
      )
    },
  }),
  route({
    operation: 'closeStaffQueueEntry',
    method: 'POST',
    path: '/staff-queue/:entryId/close',
    tag: 'Staff',
    summary: 'Close what has been seen to',
    description: 'Not for what goes on by itself, or waits for a decision: that closes with it.',
    params: z.object({ entryId: ourId }),
    answer: { status: 204, description: 'It is closed.' },
    problems: ['not_found', 'entry_not_closable'],
    handle: async ({ system, params: { entryId }, caller, now }) => {
      const bucket = bucketOf(entryId)
      const entry = await readStaffQueueEntry(system.db, bucket, entryId)
      if (!entry) throw new Problem('not_found')
      if (!mayClose(entry.kind)) throw new Problem('entry_not_closable')
      await closeStaffQueueEntry(system.db, bucket, entryId, whoIs(caller), now)
      return undefined
    },
  }),
]
