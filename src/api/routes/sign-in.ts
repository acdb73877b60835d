/** Signing in and out, and who one is. */
import { z } from 'zod'
import { bucketOfAccount } from '../../domain/bucket.ts'
import { instant } from '../../domain/calendar.ts'
import { actorOf } from '../../operations/identity/audit.ts'
import { csrfTokenOf } from '../../operations/identity/csrf.ts'
import { signOut } from '../../operations/identity/sessions.ts'
import { signIn } from '../../operations/identity/sign-in.ts'
import { readAccount } from '../../postgres/accounts.ts'
import { readLogin, type SignInName } from '../../postgres/logins.ts'
import { say } from '../../texts/language.ts'
import { whoCanHelpText } from '../../texts/sign-in.ts'
import { type Asked, route } from '../route.ts'
import { clearSessionCookie, cookieToken, originOf, refuse, setCookies, signedIn } from '../signed-in.ts'
import { typedEmail } from '../typed-email.ts'
import { accountId, instantOut, wireInstant } from '../wire.ts'

const password = z.string().min(1).max(400).meta({ example: 'correct horse battery staple' })
const code = z
  .string()
  .min(1)
  .max(40)
  .optional()
  .meta({ description: 'Six digits of the authenticator app, or a backup code.', example: '492039' })
const rootIn = z.strictObject({ email: typedEmail, password, code })
const samIn = z.strictObject({ accountId, userName: z.string().min(1).max(100), password, code })

const openedOut = z
  .object({
    token: z.string().meta({ description: 'For `Authorization: Bearer …`. The cookie holds the same.' }),
    csrfToken: z.string().meta({ description: 'For `X-CSRF-Token`, with the cookie.' }),
    expiresAt: instantOut,
  })
  .meta({ id: 'OpenedSession' })

const description =
  'Answers a token and sets the session cookie; use either. An unknown name and a wrong password are answered alike. ' +
  'Mistakes are counted by the place they come from: after five, each wait is twice as long as the one before (429 ' +
  'with Retry-After).'
const problems = ['sign_in_failed', 'totp_required', 'totp_wrong', 'rate_limited'] as const

async function open(asked: Asked, name: SignInName, body: { password: string; code?: string | undefined }) {
  const { system, settings, now } = asked
  const request = { name, password: body.password, code: body.code ?? null, origin: originOf(asked) }
  const opened = await signIn(system, { ...request, sandbox: settings.sandbox }, now)
  if ('refused' in opened) refuse(opened)
  setCookies(asked, opened)
  const { token, expiresAt } = opened
  return { token, csrfToken: csrfTokenOf(token), expiresAt: wireInstant(instant(expiresAt)) }
}

export const signInRoutes = [
  route({
    operation: 'signIn',
    method: 'POST',
    path: '/sign-in',
    tag: 'Sign-in',
    summary: 'Sign in as root or SAM user',
    description: `Root with e-mail and password; SAM users with account id, user name and password. ${description}`,
    body: z.union([rootIn, samIn]),
    answer: { status: 200, description: 'A session is open.', schema: openedOut },
    problems,
    secret: true,
    handle: async (asked) => {
      const { body } = asked
      if ('email' in body) return open(asked, { kind: 'root', email: body.email }, body)
      return open(asked, { kind: 'sam', accountId: body.accountId, userName: body.userName }, body)
    },
  }),
  route({
    operation: 'signInStaff',
    method: 'POST',
    path: '/staff/sign-in',
    tag: 'Sign-in',
    summary: 'Sign in as staff',
    description: `Outside the sandbox a one-time password is needed. ${description}`,
    body: rootIn,
    answer: { status: 200, description: 'A session is open.', schema: openedOut },
    problems: [...problems, 'totp_not_set_up'],
    secret: true,
    handle: async (asked) => open(asked, { kind: 'staff', email: asked.body.email }, asked.body),
  }),
  route({
    operation: 'signOut',
    method: 'POST',
    path: '/sign-out',
    tag: 'Sign-in',
    summary: 'End this session',
    answer: { status: 204, description: 'It is over.' },
    handle: async (asked) => {
      const { loginId, sessionId } = signedIn(asked.caller)
      await signOut(asked.system, loginId, sessionId, actorOf(asked.caller, asked.address))
      clearSessionCookie(asked)
      return undefined
    },
  }),
  route({
    operation: 'readMe',
    method: 'GET',
    path: '/me',
    tag: 'Sign-in',
    summary: 'Who is signed in',
    answer: {
      status: 200,
      description: 'Who asks, and for which account.',
      schema: z
        .object({
          kind: z.enum(['root', 'sam', 'staff']),
          accountId: z.string().nullable().meta({ description: 'Null for staff.' }),
          accountKind: z.enum(['individual', 'business']).nullable(),
          coverages: z.array(z.string()).meta({ description: 'Those the account uses.' }),
          email: z.string().nullable().meta({ description: 'One’s own.' }),
          userName: z.string().nullable().meta({ description: 'Of a SAM user.' }),
          name: z.string().nullable().meta({ description: 'Of a staff member.' }),
          role: z.enum(['support', 'billing', 'admin']).nullable().meta({ description: 'Of a staff member.' }),
          totpOn: z.boolean().meta({ description: 'Whether one-time passwords are on.' }),
          backupCodesLeft: z.int(),
          paymentHelp: z.string().nullable().meta({ description: 'To a SAM user: who can help with payment.' }),
          csrfToken: z.string().nullable().meta({ description: 'For `X-CSRF-Token`; null when a token was sent.' }),
        })
        .meta({ id: 'Me' }),
    },
    handle: async (asked) => me(asked),
  }),
]

async function me({ system, caller, language, request }: Asked) {
  const { loginId, kind } = signedIn(caller)
  const account = 'accountId' in caller ? caller.accountId : null
  const key = account === null ? null : { bucket: bucketOfAccount(account), accountId: account }
  const [login, read] = await Promise.all([readLogin(system.db, loginId), key && readAccount(system.db, key)])
  const token = cookieToken(request)
  return {
    kind,
    accountId: account,
    accountKind: read?.kind ?? null,
    coverages: [...(read?.coverages ?? [])],
    email: login?.email ?? null,
    userName: login?.userName ?? null,
    name: caller.kind === 'staff' ? caller.name : null,
    role: caller.kind === 'staff' ? caller.role : null,
    totpOn: login !== null && login.totpOnAt !== null,
    backupCodesLeft: login?.backupCodeHashes.length ?? 0,
    paymentHelp: kind === 'sam' && account !== null ? say(whoCanHelpText, language, { accountId: account }) : null,
    csrfToken: token === null ? null : csrfTokenOf(token),
  }
}
