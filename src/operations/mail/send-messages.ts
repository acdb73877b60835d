/**
 * Sends queued e-mail: claimed by a row, written from the facts of this moment, sent outside any transaction, recorded.
 *
 * Once, unless this dies between the mail server's yes and our record: whoever takes over sends it again, under the same
 * Message-ID. Losing a mail would be worse than sending it twice, and nothing can tell which of the two happened.
 */
import { plusMs } from '../../domain/calendar.ts'
import { nextTryAfterMs } from '../../domain/message.ts'
import type { Mailer } from '../../ports/mailer.ts'
import { type MailRow, readMailRows } from '../../postgres/mail-facts.ts'
import {
  bucketsWithDueMessages,
  claimMessages,
  type MessageEnd,
  recordMessages,
  unclaimMessages,
} from '../../postgres/messages.ts'
import { isPassing } from '../../postgres/passing.ts'
import { batcher } from '../batcher.ts'
import { ClaimsLeft } from '../perform-charges.ts'
import type { System } from '../system.ts'
import { mailFor } from './mail-for.ts'

const claimedAtOnce = 50
const atOnce = 4
/** After so many in a row that were not answered the server is away, and the rest need not find out one by one. */
const awayAfter = 4
const awayMs = 60_000
const recordAgainMs = 500

/** None without a mail server: messages then wait for one. */
export const bucketsWithMail = async (system: System): Promise<number[]> =>
  system.mailer === null ? [] : bucketsWithDueMessages(system.db, system.wallNow())

export async function sendMessages(system: System, bucket: number, limit: number): Promise<void> {
  const { mailer } = system
  if (mailer === null) return
  const most = Math.min(limit, claimedAtOnce)
  const claimed = await claimMessages(system.db, bucket, system.workerId, system.wallNow(), most)
  try {
    await sendClaimed(system, mailer, bucket, await readMailRows(system.db, bucket, claimed, system.wallNow()))
  } catch (problem) {
    await giveBack(system, bucket, claimed)
    throw problem
  }
}

/** Nobody else would look at them while this worker lives: one that cannot give them back must end. */
async function giveBack(system: System, bucket: number, claimed: readonly string[]): Promise<void> {
  try {
    await unclaimMessages(system.db, bucket, system.workerId, claimed, plusMs(system.wallNow(), awayMs))
  } catch (problem) {
    throw new ClaimsLeft('e-mail could not be given back', { cause: problem })
  }
}

async function sendClaimed(system: System, mailer: Mailer, bucket: number, rows: readonly MailRow[]): Promise<void> {
  // What one reader gets arrives in the order in which it happened.
  const left = [...Map.groupBy(rows, ({ address }) => address).values()]
  const record = batcher((ends: MessageEnd[]) => recordAll(system, bucket, ends))
  let unanswered = 0
  const send = async (row: MailRow): Promise<void> => {
    const away = unanswered >= awayAfter
    const { end, answered } = away ? putBack(row) : await sendOne(system, mailer, row)
    unanswered = answered ? 0 : unanswered + 1
    await record(end)
  }
  const lane = async (): Promise<void> => {
    for (let toOne = left.shift(); toOne; toOne = left.shift()) for (const row of toOne) await send(row)
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
}

interface Sent {
  readonly end: MessageEnd
  /** Whether the mail server, as far as it was asked, had an answer. */
  readonly answered: boolean
}

async function sendOne(system: System, mailer: Mailer, row: MailRow): Promise<Sent> {
  const of = { message_id: row.messageId, wait_ms: null, tried: true, problem: null }
  const made = mailOrProblem(system, row)
  if ('dropped' in made)
    return { end: { ...of, status: 'dropped', tried: false, problem: made.dropped }, answered: true }
  if ('problem' in made) return { end: tryAgain(system, row, made.problem), answered: true }
  const answer = await mailer.send(made.mail)
  switch (answer.outcome) {
    case 'sent':
      return { end: { ...of, status: 'sent' }, answered: true }
    case 'rejected':
      return { end: giveUp(system, row, answer.reason), answered: true }
    case 'unknown':
      return { end: tryAgain(system, row, answer.reason), answered: false }
  }
}

function tryAgain(system: System, row: MailRow, problem: string): MessageEnd {
  const wait_ms = nextTryAfterMs(row.attempts + 1)
  return wait_ms === null
    ? giveUp(system, row, problem)
    : { message_id: row.messageId, status: 'queued', wait_ms, tried: true, problem }
}

function giveUp(system: System, { messageId, kind }: MailRow, problem: string): MessageEnd {
  system.log.error({ messageId, kind, problem }, 'an e-mail could not be sent')
  return { message_id: messageId, status: 'failed', wait_ms: null, tried: true, problem }
}

/** A mail that cannot be written is a bug of ours: staff see it, and the others are sent all the same. */
function mailOrProblem(system: System, row: MailRow): ReturnType<typeof mailFor> | { readonly problem: string } {
  try {
    return mailFor(system, row)
  } catch (problem) {
    system.log.error(
      { messageId: row.messageId, kind: row.kind, problem: String(problem) },
      'an e-mail cannot be written',
    )
    return { problem: String(problem) }
  }
}

/** For a while, without having been tried. */
const putBack = ({ messageId }: MailRow): Sent => ({
  end: {
    message_id: messageId,
    status: 'queued',
    wait_ms: awayMs,
    tried: false,
    problem: 'the mail server does not answer',
  },
  answered: false,
})

/** A database that went away is waited for: what has been sent would be sent again. */
async function recordAll(system: System, bucket: number, ends: readonly MessageEnd[]): Promise<null[]> {
  for (;;) {
    try {
      await recordMessages(system.db, bucket, system.workerId, ends, system.wallNow())
      return ends.map(() => null)
    } catch (problem) {
      if (!isPassing(problem)) throw problem
      system.log.warn({ problem: String(problem) }, 'the database is away; what became of e-mail waits to be recorded')
      await system.pause(recordAgainMs)
    }
  }
}
