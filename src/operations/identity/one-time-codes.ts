/** One-time passwords (RFC 6238: SHA-1, six digits, 30 seconds, as every authenticator app has them) and backup codes. */
import { Secret, TOTP } from 'otpauth'
import type { Instant } from '../../domain/calendar.ts'
import type { LoginRow } from '../../postgres/logins.ts'
import type { System } from '../system.ts'
import { open, seal } from './seal.ts'
import { hashOf } from './tokens.ts'

const periodSeconds = 30
const secretBytes = 20
/** A code of the step before or after is right too: telephones' clocks differ from ours. */
const stepsAround = 1

const totpOf = (secret: Uint8Array, label = '') =>
  new TOTP({ issuer: 'Kessai', label, secret: new Secret({ buffer: exactBuffer(secret) }), period: periodSeconds })

/** A copy: what random bytes come in may be a view of more. */
const exactBuffer = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer

export interface NewTotp {
  readonly sealed: string
  /** Base32, to type in. */
  readonly secret: string
  /** To show as a QR code. */
  readonly uri: string
}

export function newTotp(system: System, loginId: string, label: string): NewTotp {
  const bytes = system.random(secretBytes)
  const totp = totpOf(bytes, label)
  return { sealed: seal(system, bytes, `totp ${loginId}`), secret: totp.secret.base32, uri: totp.toString() }
}

/** The time step that `code` belongs to, if it is right and later than every one that was accepted before. */
export function stepOfCode(
  system: System,
  login: Pick<LoginRow, 'loginId' | 'totpSealed' | 'totpLastStep'>,
  code: string,
  wall: Instant,
): bigint | null {
  if (login.totpSealed === null) return null
  const secret = open(system, login.totpSealed, `totp ${login.loginId}`)
  const delta = totpOf(secret).validate({ token: code, timestamp: wall, window: stepsAround })
  if (delta === null) return null
  const step = BigInt(Math.floor(wall / 1000 / periodSeconds) + delta)
  return login.totpLastStep !== null && step <= login.totpLastStep ? null : step
}

const backupCodeCount = 10
/** Without what is easily mistaken for something else. */
const letters = '23456789abcdefghjkmnpqrstuvwxyz'
const backupCodeLetters = 12

/** `xxxx-xxxx-xxxx`: some 59 random bits each, so that a plain hash will do, as for a token. */
export function newBackupCodes(system: Pick<System, 'random'>): string[] {
  return Array.from({ length: backupCodeCount }, () => {
    const drawn = Array.from({ length: backupCodeLetters }, () => letters[drawBelow(system, letters.length)])
    return drawn.join('').replace(/(.{4})(?=.)/g, '$1-')
  })
}

/** No remainder is more likely than another: bytes beyond the last full multiple are drawn again. */
function drawBelow(system: Pick<System, 'random'>, count: number): number {
  const byte = system.random(1)[0] ?? 0
  return byte < 256 - (256 % count) ? byte % count : drawBelow(system, count)
}

/** Hyphens, spaces and capitals do not matter: a code is typed from paper. */
export const hashOfBackupCode = (code: string): string => hashOf(code.toLowerCase().replace(/[\s-]/g, ''))

/** What somebody typed as their second factor: six digits are a one-time password, all else a backup code. */
export const isTotpCode = (code: string): boolean => /^\d{6}$/.test(code.trim())
