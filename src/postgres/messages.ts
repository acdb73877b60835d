/**
 * Messages: queued once, claimed by a worker, sent, and their end written. Trying again goes by wall time: a mail server
 * that is away has nothing to do with the day that the sandbox's clock shows.
 */
import { type RawBuilder, sql } from 'kysely'
import type { Instant } from '../domain/calendar.ts'
import type { MessageKind, MessageStatus } from '../domain/message.ts'
import { bucketsWhere } from './attempts.ts'
import { at, type Queries, rowsOf, table } from './database.ts'

export interface NewMessage {
  readonly message_id: string
  readonly account_id: string | null
  readonly coverage: string | null
  readonly kind: MessageKind
  /** The same kind is told once about the same thing. */
  readonly about: string
  /** Business time. */
  readonly happened_at: Instant
  readonly event_id?: string
  readonly invoice_id?: string | null
  readonly charge_id?: string | null
  readonly login_id?: string
  readonly details?: unknown
  readonly sealed?: string
  /** Wall time for which it is good. */
  readonly good_for_ms?: number
}

/** Queues messages, once each: what has been queued before is left as it is. */
export async function insertMessages(
  tx: Queries,
  bucket: number,
  messages: readonly NewMessage[],
  wallNow: Instant,
): Promise<void> {
  if (messages.length === 0) return
  const rows = messages.map((message) => ({
    ...noMessage,
    ...message,
    happened_at: new Date(message.happened_at).toISOString(),
  }))
  await sql`
    insert into messages (bucket, message_id, account_id, login_id, coverage, kind, about, event_id, invoice_id, charge_id,
      details, sealed, status, happened_at, next_try_at_wall, not_after_wall)
    select ${bucket}, message_id, account_id, login_id, coverage, kind, about, event_id, invoice_id, charge_id,
      coalesce(details, '{}'), sealed, 'queued', happened_at, ${at(wallNow)},
      ${at(wallNow)} + good_for_ms * interval '1 millisecond'
    from ${table<Record<keyof typeof messageColumns, unknown>>(rows, messageColumns)}
    on conflict do nothing`.execute(tx)
}

const messageColumns = {
  message_id: 'uuid',
  account_id: 'text',
  login_id: 'uuid',
  coverage: 'text',
  kind: 'text',
  about: 'text',
  happened_at: 'timestamptz',
  event_id: 'uuid',
  invoice_id: 'uuid',
  charge_id: 'uuid',
  details: 'jsonb',
  sealed: 'text',
  good_for_ms: 'bigint',
} as const
const noMessage = {
  login_id: null,
  event_id: null,
  invoice_id: null,
  charge_id: null,
  details: null,
  sealed: null,
  good_for_ms: null,
}

/** Due, and in the hands of nobody who lives. */
const dueMessage = (wallNow: Instant): RawBuilder<unknown> => sql`
  m.status = 'queued' and m.next_try_at_wall <= ${at(wallNow)} and (m.claimed_by is null
    or not exists (select from workers w where w.worker_id = m.claimed_by and w.ended_at is null))`

export const bucketsWithDueMessages = (queries: Queries, wallNow: Instant): Promise<number[]> =>
  bucketsWhere(queries, sql`select from messages m where m.bucket = b and ${dueMessage(wallNow)}`)

/** Claims due messages for a worker, the longest due first, and answers their ids. */
export async function claimMessages(
  queries: Queries,
  bucket: number,
  workerId: string,
  wallNow: Instant,
  limit: number,
): Promise<string[]> {
  const rows = await rowsOf(
    queries,
    sql<{ messageId: string }>`
      with due as materialized (
        select m.message_id from messages m where m.bucket = ${bucket} and ${dueMessage(wallNow)}
        order by m.next_try_at_wall, m.message_id limit ${limit} for update skip locked
      )
      update messages m set claimed_by = ${workerId} from due
      where m.bucket = ${bucket} and m.message_id = due.message_id
      returning m.message_id as "messageId"`,
  )
  return rows.map((row) => row.messageId)
}

/** Gives back what this worker still holds of these, to be tried later. */
export async function unclaimMessages(
  queries: Queries,
  bucket: number,
  workerId: string,
  messageIds: readonly string[],
  nextTryAtWall: Instant,
): Promise<void> {
  await sql`
    update messages set claimed_by = null, next_try_at_wall = ${at(nextTryAtWall)}
    where bucket = ${bucket} and message_id = any(${[...messageIds]}::uuid[]) and claimed_by = ${workerId}
      and status = 'queued'`.execute(queries)
}

export interface MessageEnd {
  readonly message_id: string
  readonly status: MessageStatus
  /** Wall time until the next try of what stays queued. */
  readonly wait_ms: number | null
  /** Whether the mail server was asked. */
  readonly tried: boolean
  readonly problem: string | null
}

/** Writes what became of messages that this worker still holds. A secret goes with the end of its message. */
export async function recordMessages(
  queries: Queries,
  bucket: number,
  workerId: string,
  ends: readonly MessageEnd[],
  wallNow: Instant,
): Promise<void> {
  await sql`
    update messages m set status = d.status, claimed_by = null,
      next_try_at_wall = case when d.status = 'queued' then ${at(wallNow)} + d.wait_ms * interval '1 millisecond' end,
      ended_at_wall = case when d.status <> 'queued' then ${at(wallNow)} end,
      sealed = case when d.status = 'queued' then m.sealed end,
      attempts = m.attempts + d.tried::integer,
      last_problem = d.problem
    from ${table(ends, endColumns)}
    where m.bucket = ${bucket} and m.message_id = d.message_id and m.claimed_by = ${workerId} and m.status = 'queued'`.execute(
    queries,
  )
}

const endColumns = {
  message_id: 'uuid',
  status: 'text',
  wait_ms: 'bigint',
  tried: 'boolean',
  problem: 'text',
} as const

export interface MailFailure {
  readonly messageId: string
  readonly accountId: string | null
  readonly coverage: string | null
  readonly kind: MessageKind
  readonly attempts: number
  readonly problem: string | null
  readonly happenedAt: Instant
  /** Wall time. */
  readonly failedAtWall: Instant
}

const failureColumns = sql`m.message_id as "messageId", m.account_id as "accountId", m.coverage, m.kind, m.attempts,
  m.last_problem as problem, m.happened_at as "happenedAt", m.ended_at_wall as "failedAtWall"`

/** What could not be sent, the latest first, of all buckets. `before`: the message id that the page before ended with. */
export const readMailFailures = (queries: Queries, before: string | null, limit: number): Promise<MailFailure[]> =>
  rowsOf(
    queries,
    sql<MailFailure>`
      select f.* from generate_series(0, 63) b, lateral (
        select ${failureColumns} from messages m
        where m.bucket = b and m.status = 'failed' and (${before}::uuid is null or m.message_id < ${before}::uuid)
        order by m.message_id desc limit ${limit}
      ) f order by f."messageId" desc limit ${limit}`,
  )

/** Queues a failed message again, from its first try on. */
export async function requeueMessage(
  queries: Queries,
  bucket: number,
  messageId: string,
  wallNow: Instant,
): Promise<'queued' | 'not_failed' | 'link_gone' | 'unknown'> {
  const rows = await rowsOf(
    queries,
    sql`update messages set status = 'queued', attempts = 0, next_try_at_wall = ${at(wallNow)}, ended_at_wall = null
      where bucket = ${bucket} and message_id = ${messageId} and status = 'failed' and not_after_wall is null
      returning 1`,
  )
  if (rows.length > 0) return 'queued'
  const [known] = await rowsOf(
    queries,
    sql<{ status: MessageStatus }>`select status from messages where bucket = ${bucket} and message_id = ${messageId}`,
  )
  if (!known) return 'unknown'
  return known.status === 'failed' ? 'link_gone' : 'not_failed'
}
