/**
 * A staff member's first sign-in, through the link that an admin hands over: one-time passwords and a password, together.
 * In the sandbox the one-time passwords may be left out.
 */
import type { Instant } from '../../domain/calendar.ts'
import { type PasswordRefusal, refusePassword } from '../../domain/password.ts'
import { type Queries, transaction } from '../../postgres/database.ts'
import { beginTotp, type LoginRow } from '../../postgres/logins.ts'
import { readOneOfStaff } from '../../postgres/staff.ts'
import type { System } from '../system.ts'
import { countHashing } from './guesses.ts'
import { newTotp } from './one-time-codes.ts'
import { type LinkRefusal, loginOfLink, seeLogin } from './password-reset.ts'
import { hashPassword } from './passwords.ts'
import { tellSecurity } from './security-events.ts'
import { confirmUnder } from './totp.ts'
import { writeNewPassword } from './write-password.ts'

export type StaffSetUpBegun =
  | { readonly email: string; readonly secret: string; readonly uri: string }
  | { readonly refused: LinkRefusal }

/** The link stays good. Asked again, it is another secret. */
export async function beginStaffSetUp(system: System, token: string): Promise<StaffSetUpBegun> {
  return transaction(system.db, async (tx) => {
    const login = await staffOfLink(system, tx, token)
    if (login === null) return { refused: 'link_not_good' }
    const { sealed, secret, uri } = newTotp(system, login.loginId, login.email ?? '')
    await beginTotp(tx, login.loginId, sealed, system.wallNow())
    return { email: login.email ?? '', secret, uri }
  })
}

export type StaffSetUp =
  | { readonly loginId: string; readonly backupCodes: readonly string[] }
  | { readonly refused: LinkRefusal | PasswordRefusal | 'code_wrong' }
  | { readonly refused: 'rate_limited'; readonly retryAfterMs: number }

export async function finishStaffSetUp(
  system: System,
  request: {
    readonly token: string
    readonly password: string
    readonly code: string | null
    readonly address: string
    readonly sandbox: boolean
  },
  now: Instant,
): Promise<StaffSetUp> {
  const { token, password, code, address, sandbox } = request
  const known = await toSetUp(system.db, await seeLogin(system, token))
  if (known === null) return { refused: 'link_not_good' }
  const refused = refusePassword(password, [known.email])
  if (refused !== null) return { refused }
  if (code === null && !sandbox) return { refused: 'code_wrong' }
  // Last, and only so often: it is dear.
  const counted = await countHashing(system, address)
  if (!counted.allowed) return { refused: 'rate_limited', retryAfterMs: counted.retryAfterMs }
  const hash = await hashPassword(password)
  return transaction(system.db, async (tx) => {
    const login = await staffOfLink(system, tx, token)
    if (login === null) return { refused: 'link_not_good' }
    const by = { id: login.loginId, address }
    const backupCodes = code === null ? [] : await confirmUnder(system, tx, login, code, by, now)
    if (backupCodes === null) return { refused: 'code_wrong' }
    await writeNewPassword(system, tx, login.loginId, hash, null)
    await tellSecurity(system, tx, login, 'password_reset', by, now)
    return { loginId: login.loginId, backupCodes }
  })
}

const staffOfLink = async (system: System, tx: Queries, token: string): Promise<LoginRow | null> =>
  toSetUp(tx, await loginOfLink(system, tx, token))

/** Null unless it is a staff member's that was never set up. */
async function toSetUp(queries: Queries, login: LoginRow | null): Promise<LoginRow | null> {
  if (login?.kind !== 'staff' || login.passwordHash !== null) return null
  return (await readOneOfStaff(queries, login.loginId))?.endedAt === null ? login : null
}
