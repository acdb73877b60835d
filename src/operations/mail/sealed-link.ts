/** The secret part of a one-time link while it waits to be sent: AES-256-GCM, bound to its message. */
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'
import type { System } from '../system.ts'

const nonceBytes = 12
const tagBytes = 16

export function sealLink(system: Pick<System, 'secret' | 'random'>, messageId: string, token: string): string {
  const nonce = Buffer.from(system.random(nonceBytes))
  const cipher = createCipheriv('aes-256-gcm', keyOf(system.secret), nonce).setAAD(Buffer.from(messageId))
  const body = Buffer.concat([cipher.update(token, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')
}

/** Null when it was sealed with another key, for another message, or was changed. */
export function openLink({ secret }: Pick<System, 'secret'>, messageId: string, sealed: string): string | null {
  const bytes = Buffer.from(sealed, 'base64url')
  const tag = bytes.subarray(nonceBytes, nonceBytes + tagBytes)
  if (tag.length !== tagBytes) return null
  const decipher = createDecipheriv('aes-256-gcm', keyOf(secret), bytes.subarray(0, nonceBytes))
    .setAAD(Buffer.from(messageId))
    .setAuthTag(tag)
  try {
    return Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()]).toString('utf8')
  } catch {
    return null
  }
}

/** A key for this use alone. */
const keyOf = (secret: Uint8Array): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(0), 'kessai link in e-mail', 32))
