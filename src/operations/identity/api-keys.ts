/** The platform's API keys: shown once when made, replaced with a time for the change-over, taken away at once. */
import type { Scope } from '../../domain/access.ts'
import { rotationGraceMs } from '../../domain/api-key.ts'
import { type Instant, plusMs } from '../../domain/calendar.ts'
import { insertKey, lockKey, replaceLostKey, revokeKey, rotateKey as rotateRow } from '../../postgres/api-keys.ts'
import { transaction } from '../../postgres/database.ts'
import type { System } from '../system.ts'
import { type Actor, audit } from './audit.ts'
import { hashOf, newToken } from './tokens.ts'

export interface KeyToCreate {
  readonly name: string
  readonly scopes: readonly Scope[]
  /** Wall time; null: until it is revoked. */
  readonly expiresAt: Instant | null
}

/** `key` is kept nowhere: it is shown now or never. */
export interface ShownKey {
  readonly keyId: string
  readonly key: string
}

export async function createKey(
  system: System,
  { name, scopes, expiresAt }: KeyToCreate,
  by: Actor,
  keyId = system.makeId(0, system.wallNow()),
): Promise<ShownKey> {
  const wall = system.wallNow()
  const key = newToken(system, 'key')
  await transaction(system.db, async (tx) => {
    // Under an Idempotency-Key the answer that got lost had a key nobody has: it is replaced, and not good any longer.
    const lost = await lockKey(tx, keyId)
    if (lost !== null) return replaceLostKey(tx, keyId, hashOf(key))
    const distinct = [...new Set(scopes)]
    await insertKey(tx, {
      keyId,
      keyHash: hashOf(key),
      name,
      scopes: distinct,
      createdAt: wall,
      createdBy: by.id,
      expiresAt,
    })
    await audit(system, tx, by, 'key_created', keyId, { name, scopes: distinct })
  })
  return { keyId, key }
}

/**
 * Null when there is no such key, or no longer. The key so far stays good for `graceMs`. The same rotation again replaces
 * the key that it made and whose answer got lost: the one before stays good for as long as it was promised to.
 */
export async function rotateKey(
  system: System,
  keyId: string,
  by: Actor,
  graceMs: number = rotationGraceMs,
  rotationId = system.makeId(0, system.wallNow()),
): Promise<(ShownKey & { readonly formerGoodUntil: Instant }) | null> {
  const wall = system.wallNow()
  const key = newToken(system, 'key')
  const formerGoodUntil = plusMs(wall, graceMs)
  return transaction(system.db, async (tx) => {
    const row = await lockKey(tx, keyId)
    if (row === null || row.revokedAt !== null) return null
    if (row.rotationId === rotationId && row.formerGoodUntil !== null) {
      await replaceLostKey(tx, keyId, hashOf(key))
      return { keyId, key, formerGoodUntil: row.formerGoodUntil }
    }
    await rotateRow(tx, keyId, { rotationId, keyHash: hashOf(key), formerGoodUntil, wall })
    await audit(system, tx, by, 'key_rotated', keyId, { graceMs })
    return { keyId, key, formerGoodUntil }
  })
}

/** The former key is gone with it. False when there is no such key, or no longer. */
export async function revoke(system: System, keyId: string, by: Actor): Promise<boolean> {
  const wall = system.wallNow()
  return transaction(system.db, async (tx) => {
    const row = await lockKey(tx, keyId)
    if (row === null || row.revokedAt !== null) return false
    await revokeKey(tx, keyId, wall)
    await audit(system, tx, by, 'key_revoked', keyId)
    return true
  })
}
