/**
 * Seals what must be read again, such as the secret of one-time passwords: AES-256-GCM under a key drawn from the
 * system's secret, bound to what it belongs to, so that a sealed value copied to another row opens nothing.
 */
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'
import type { System } from '../system.ts'

const ivBytes = 12
const tagBytes = 16

const keyFor = (secret: Uint8Array) => Buffer.from(hkdfSync('sha256', secret, '', 'kessai seal', 32))

export function seal(system: Pick<System, 'secret' | 'random'>, plain: Uint8Array, belongsTo: string): string {
  const iv = Buffer.from(system.random(ivBytes))
  const cipher = createCipheriv('aes-256-gcm', keyFor(system.secret), iv).setAAD(Buffer.from(belongsTo))
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()])
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')
}

/** Throws when it was sealed under another secret, for something else, or was changed. */
export function open(system: Pick<System, 'secret'>, sealed: string, belongsTo: string): Uint8Array {
  const bytes = Buffer.from(sealed, 'base64url')
  const decipher = createDecipheriv('aes-256-gcm', keyFor(system.secret), bytes.subarray(0, ivBytes), {
    authTagLength: tagBytes,
  })
  decipher.setAAD(Buffer.from(belongsTo)).setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes))
  return Buffer.concat([decipher.update(bytes.subarray(ivBytes + tagBytes)), decipher.final()])
}
