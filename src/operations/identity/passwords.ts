/**
 * Passwords: Argon2id with the parameters the package recommends (19 MiB, two passes). A login without a password, or
 * that does not exist, costs the same work as one whose password is wrong.
 */
import { hash, verify } from '@node-rs/argon2'

/** Hashed once, the first time that somebody asks for a login that is not there. */
let hashOfNothing: Promise<string> | null = null

/** `random` goes into a password nobody has: 32 bytes. */
export async function isPassword(password: string, kept: string | null, random: () => Uint8Array): Promise<boolean> {
  hashOfNothing ??= hash(random())
  const right = await verify(kept ?? (await hashOfNothing), password)
  return right && kept !== null
}

export const hashPassword = (password: string): Promise<string> => hash(password)
