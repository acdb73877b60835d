/** What the routes of sign-in share: who is signed in, where from, and the cookies that a browser keeps. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Caller } from '../domain/access.ts'
import type { LoginKind } from '../domain/session.ts'
import { deviceMark } from '../operations/identity/device.ts'
import type { GuessOrigin } from '../operations/identity/guesses.ts'
import type { ProblemCode } from '../texts/problems.ts'
import { sessionCookie } from './caller.ts'
import { Problem } from './errors.ts'
import type { Asked } from './route.ts'

export interface SignedIn {
  readonly loginId: string
  readonly kind: LoginKind
  readonly sessionId: string
}

/** Rejects keys and nobody; the table of access has turned them away before. */
export function signedIn(caller: Caller): SignedIn {
  if (caller.kind === 'nobody' || caller.kind === 'platform') throw new Problem('sign_in_required')
  const loginId = caller.kind === 'staff' ? caller.staffId : caller.userId
  return { loginId, kind: caller.kind, sessionId: caller.sessionId }
}

const deviceCookie = 'kessai_device'
const deviceForSeconds = 365 * 24 * 60 * 60

export const originOf = ({ address, request }: Pick<Asked, 'address' | 'request'>): GuessOrigin => ({
  address,
  userAgent: String(request.headers['user-agent'] ?? ''),
  device: request.cookies[deviceCookie] ?? null,
})

/** Read by no script, sent from no other site, and never in the clear where we are served over https. */
const guarded = (asked: Pick<Asked, 'settings'>) => ({
  httpOnly: true,
  sameSite: 'strict' as const,
  secure: asked.settings.publicUrl.startsWith('https:'),
})

export function setCookies(
  asked: Pick<Asked, 'settings' | 'reply'>,
  opened: { readonly token: string; readonly device: string; readonly expiresAt: number },
): void {
  const expires = new Date(opened.expiresAt)
  asked.reply.setCookie(sessionCookie, opened.token, { ...guarded(asked), path: '/', expires })
  setDeviceCookie(asked, opened.device)
}

const setDeviceCookie = (asked: Pick<Asked, 'settings' | 'reply'>, mark: string): FastifyReply =>
  asked.reply.setCookie(deviceCookie, mark, { ...guarded(asked), path: '/api', maxAge: deviceForSeconds })

/** Whoever set a password through a link is known here: what strangers try meanwhile does not keep them out. */
export const knowDevice = (asked: Asked, loginId: string): FastifyReply =>
  setDeviceCookie(asked, deviceMark(asked.system, loginId, originOf(asked).device))

/** The device stays known: whoever signs out here may mistype the next password here. */
export const clearSessionCookie = (asked: Pick<Asked, 'settings' | 'reply'>): FastifyReply =>
  asked.reply.clearCookie(sessionCookie, { ...guarded(asked), path: '/' })

/** The session's token, if it came as a cookie. */
export const cookieToken = (request: FastifyRequest): string | null =>
  request.headers.authorization === undefined ? (request.cookies[sessionCookie] ?? null) : null

/** Rejects with what was refused, and after how many seconds it may be tried again. */
export function refuse({
  refused,
  retryAfterMs,
}: {
  readonly refused: ProblemCode
  readonly retryAfterMs?: number
}): never {
  throw new Problem(refused, { retryAfterSeconds: retryAfterMs === undefined ? null : Math.ceil(retryAfterMs / 1000) })
}
