/** The platform's API keys: found by the hash of the key, or of the one before its rotation. Wall time throughout. */
import { sql } from 'kysely'
import type { Scope } from '../domain/access.ts'
import type { KeyTimes } from '../domain/api-key.ts'
import type { Instant } from '../domain/calendar.ts'
import { at, type Queries, rowsOf } from './database.ts'

export interface KeyRow extends KeyTimes {
  readonly keyId: string
  readonly keyHash: string
  readonly name: string
  readonly scopes: readonly Scope[]
  readonly createdAt: Instant
  readonly createdBy: string
  readonly rotatedAt: Instant | null
  /** The request that rotated it last. */
  readonly rotationId: string | null
  readonly lastUsedAt: Instant | null
}

const columns = sql`key_id as "keyId", key_hash as "keyHash", former_good_until as "formerGoodUntil", name, scopes,
  created_at as "createdAt", created_by as "createdBy", rotated_at as "rotatedAt",
  rotation_id as "rotationId", last_used_at as "lastUsedAt",
  expires_at as "expiresAt", revoked_at as "revokedAt"`

export interface NewKey {
  readonly keyId: string
  readonly keyHash: string
  readonly name: string
  readonly scopes: readonly Scope[]
  readonly createdAt: Instant
  readonly createdBy: string
  readonly expiresAt: Instant | null
}

export async function insertKey(tx: Queries, key: NewKey): Promise<void> {
  await sql`
    insert into api_keys (key_id, key_hash, name, scopes, created_at, created_by, expires_at)
    values (${key.keyId}, ${key.keyHash}, ${key.name}, ${[...key.scopes]}::text[], ${at(key.createdAt)},
      ${key.createdBy}, ${key.expiresAt === null ? null : at(key.expiresAt)})`.execute(tx)
}

export async function findKey(queries: Queries, hash: string): Promise<KeyRow | null> {
  const [row] = await rowsOf(
    queries,
    sql<KeyRow>`select ${columns} from api_keys where key_hash = ${hash} or former_hash = ${hash}`,
  )
  return row ?? null
}

export async function readKeys(queries: Queries): Promise<KeyRow[]> {
  return rowsOf(queries, sql<KeyRow>`select ${columns} from api_keys order by created_at desc, key_id limit 500`)
}

export async function lockKey(tx: Queries, keyId: string): Promise<KeyRow | null> {
  const [row] = await rowsOf(tx, sql<KeyRow>`select ${columns} from api_keys where key_id = ${keyId} for update`)
  return row ?? null
}

export async function touchKey(queries: Queries, keyId: string, wall: Instant): Promise<void> {
  await sql`update api_keys set last_used_at = ${at(wall)} where key_id = ${keyId}`.execute(queries)
}

export interface Rotation {
  readonly rotationId: string
  readonly keyHash: string
  readonly formerGoodUntil: Instant
  readonly wall: Instant
}

/** The key so far becomes the former one. */
export async function rotateKey(tx: Queries, keyId: string, rotation: Rotation): Promise<void> {
  const { rotationId, keyHash, formerGoodUntil, wall } = rotation
  await sql`
    update api_keys set former_hash = key_hash, former_good_until = ${at(formerGoodUntil)}, key_hash = ${keyHash},
      rotated_at = ${at(wall)}, rotation_id = ${rotationId}
    where key_id = ${keyId}`.execute(tx)
}

/** The key so far, which nobody has got, is good no longer. */
export async function replaceLostKey(tx: Queries, keyId: string, keyHash: string): Promise<void> {
  await sql`update api_keys set key_hash = ${keyHash} where key_id = ${keyId}`.execute(tx)
}

export async function revokeKey(tx: Queries, keyId: string, wall: Instant): Promise<void> {
  await sql`update api_keys set revoked_at = ${at(wall)} where key_id = ${keyId} and revoked_at is null`.execute(tx)
}
