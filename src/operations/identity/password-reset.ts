/**
 * A new password through a link in an e-mail. Asking for one answers the same, and takes about as long, whether or not
 * anybody has that e-mail; the link's token is kept nowhere but in the e-mail that waits to be sent.
 */
import type { Instant } from '../../domain/calendar.ts'
import { hourMs } from '../../domain/calendar.ts'
import { networkOf } from '../../domain/network.ts'
import { type PasswordRefusal, refusePassword } from '../../domain/password.ts'
import { type Queries, transaction } from '../../postgres/database.ts'
import { findLogin, type LoginRow, lockLogin, readLogin, readRootLogin } from '../../postgres/logins.ts'
import { type LinkRow, lockLink, readLink } from '../../postgres/password-links.ts'
import { readOneOfStaff } from '../../postgres/staff.ts'
import { type CountedKeys, countAgainst } from '../count-against.ts'
import { queueLink } from '../mail/queue-message.ts'
import type { System } from '../system.ts'
import { type Actor, audit } from './audit.ts'
import { countHashing } from './guesses.ts'
import { linkGoodForMs, makeLink } from './password-links.ts'
import { hashPassword } from './passwords.ts'
import { tellSecurity } from './security-events.ts'
import { hashOf, isToken } from './tokens.ts'
import { writeNewPassword } from './write-password.ts'

export type ResetRequested =
  | { readonly accepted: true }
  | { readonly refused: 'rate_limited'; readonly retryAfterMs: number }

/** For root users and staff; a SAM user's password is set by root. */
export async function requestPasswordReset(
  system: System,
  { kind, email, address }: { readonly kind: 'root' | 'staff'; readonly email: string; readonly address: string },
  now: Instant,
): Promise<ResetRequested> {
  const login = await findLogin(system.db, { kind, email })
  const counted = await countAgainst(
    system,
    resetLimits(login?.loginId ?? hashOf(`${kind} ${email.toLowerCase()}`), address),
  )
  if (!counted.allowed) return { refused: 'rate_limited', retryAfterMs: counted.retryAfterMs }
  const work = async () => {
    // Staff set up password and one-time codes in one go, through an admin's invitation.
    if (login === null || (kind === 'staff' && login.passwordHash === null)) return
    await transaction(system.db, (tx) => sendLink(system, tx, login, 'reset', { id: 'nobody', address }, now))
  }
  // Longer than the work takes: the clock does not tell either.
  await Promise.all([work(), system.pause(answersAfterMs)])
  return { accepted: true }
}

const answersAfterMs = 250

/** Nobody's mailbox is flooded, and nobody finds out by trying which e-mails are known. */
const resetLimits = (who: string, address: string): CountedKeys => ({
  [`password_reset ${who}`]: { max: 5, withinMs: hourMs },
  [`password_reset from ${networkOf(address)}`]: { max: 30, withinMs: hourMs },
})

/** Invites the root user of an account to a first password. False when nobody can sign in for the account. */
export async function inviteRoot(system: System, accountId: string, by: Actor, now: Instant): Promise<boolean> {
  return transaction(system.db, async (tx) => {
    const login = await readRootLogin(tx, accountId)
    if (login === null) return false
    await sendLink(system, tx, login, 'invitation', by, now)
    return true
  })
}

async function sendLink(
  system: System,
  tx: Queries,
  { loginId, accountId }: LoginRow,
  purpose: 'invitation' | 'reset',
  by: Actor,
  now: Instant,
): Promise<void> {
  const token = await makeLink(system, tx, loginId, purpose)
  const kind = purpose === 'reset' ? 'password_reset' : 'invitation'
  const goodForMs = linkGoodForMs[purpose]
  await queueLink(tx, system, { kind, accountId, loginId, token, about: hashOf(token), goodForMs }, now)
  await audit(system, tx, by, 'password_reset_requested', loginId, { purpose })
}

export type ResetFinished =
  /** Whose password it is. */
  { readonly loginId: string } | { readonly refused: PasswordRefusal | LinkRefusal } | Waits
type Waits = { readonly refused: 'rate_limited'; readonly retryAfterMs: number }
/** The link is unknown, was used, has run out, or another one was sent since. */
export type LinkRefusal = 'link_not_good'

/** Every session of the login ends. One-time passwords, if they are on, stay on. */
export async function finishPasswordReset(
  system: System,
  { token, password, address }: { readonly token: string; readonly password: string; readonly address: string },
  now: Instant,
): Promise<ResetFinished> {
  const known = await seeLogin(system, token)
  if (known === null || (await isStaffToSetUp(system.db, known))) return { refused: 'link_not_good' }
  const refused = refusePassword(password, [known.email, known.userName, known.accountId])
  if (refused !== null) return { refused }
  // Last, and only so often: it is dear.
  const counted = await countHashing(system, address)
  if (!counted.allowed) return { refused: 'rate_limited', retryAfterMs: counted.retryAfterMs }
  const hash = await hashPassword(password)
  return transaction(system.db, async (tx) => {
    const login = await loginOfLink(system, tx, token)
    if (login === null || (await isStaffToSetUp(tx, login))) return { refused: 'link_not_good' }
    await writeNewPassword(system, tx, login.loginId, hash, null)
    await tellSecurity(system, tx, login, 'password_reset', { id: login.loginId, address }, now)
    return { loginId: login.loginId }
  })
}

/** Staff whose sign-in is not set up do both at once: `set-up-staff.ts`. */
const isStaffToSetUp = async (tx: Queries, { kind, loginId, passwordHash }: LoginRow): Promise<boolean> =>
  kind === 'staff' && (passwordHash === null || (await readOneOfStaff(tx, loginId))?.endedAt !== null)

/** Whose link it is, held until the end of the transaction; null when it is not good. */
export async function loginOfLink(system: System, tx: Queries, token: string): Promise<LoginRow | null> {
  if (!isToken(token, 'link')) return null
  const link = await lockLink(tx, hashOf(token))
  return isGood(system, link) ? lockLogin(tx, link.loginId) : null
}

/** The same without holding anything, before work that is dear: it may no longer be so afterwards. */
export async function seeLogin(system: System, token: string): Promise<LoginRow | null> {
  if (!isToken(token, 'link')) return null
  const link = await readLink(system.db, hashOf(token))
  return isGood(system, link) ? readLogin(system.db, link.loginId) : null
}

const isGood = (system: System, link: LinkRow | null): link is LinkRow =>
  link !== null && link.usedAt === null && system.wallNow() < link.expiresAt
