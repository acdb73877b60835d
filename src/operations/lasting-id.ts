/**
 * An id that is the same whenever it is made: of an invoice, which a restored copy of the database may have to make a
 * second time, and of what the gateway knows by a name of its own.
 */
import { createHash } from 'node:crypto'
import { makeId } from '../domain/bucket.ts'
import type { Instant } from '../domain/calendar.ts'

/** `at` must be the same each time, too. */
export const lastingId = (bucket: number, at: Instant, ...names: readonly string[]): string =>
  makeId(bucket, at, createHash('sha256').update(names.join('\n')).digest())
