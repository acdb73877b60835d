/**
 * Tokens: 256 random bits whose beginning says what they are for, so that one header serves sessions and keys, and a
 * token that leaked is recognised by whoever finds it. Only their hashes are kept; random bits need no slow hash.
 */
import { createHash } from 'node:crypto'
import type { System } from '../system.ts'

export const tokenPrefixes = { session: 'kss_', key: 'kak_', link: 'kpl_' } as const
type TokenKind = keyof typeof tokenPrefixes

const tokenBytes = 32

export const newToken = (system: Pick<System, 'random'>, kind: TokenKind): string =>
  tokenPrefixes[kind] + Buffer.from(system.random(tokenBytes)).toString('base64url')

/** SHA-256, in hexadecimal. */
export const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex')

/** Whether `token` has the shape of one of ours: what has not is not looked up. */
export const isToken = (token: string, kind: TokenKind): boolean =>
  token.startsWith(tokenPrefixes[kind]) && /^[\w-]{43}$/.test(token.slice(tokenPrefixes[kind].length))
