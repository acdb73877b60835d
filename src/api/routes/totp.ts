/** One-time passwords: turned on and off by their owner, and off by an admin for a root user who lost them. */
import { z } from 'zod'
import { actorOf } from '../../operations/identity/audit.ts'
import { beginTotp, confirmTotp, removeRootTotp, removeTotp } from '../../operations/identity/totp.ts'
import { Problem } from '../errors.ts'
import { route } from '../route.ts'
import { originOf, refuse, signedIn } from '../signed-in.ts'
import { ofAccount } from '../wire.ts'

export const totpCode = z
  .string()
  .regex(/^\d{6}$/, 'six digits')
  .meta({ example: '492039' })

export const secretOut = z.object({
  secret: z.string().meta({ description: 'Base32, to type into the app.', example: 'JBSWY3DPEHPK3PXP' }),
  uri: z.string().meta({ description: '`otpauth:` address, to show as a QR code.' }),
})
export const backupCodesOut = z.array(z.string()).meta({
  description: 'Each signs in once, without the app. Shown now and never again.',
})

export const totpRoutes = [
  route({
    operation: 'beginTotp',
    method: 'POST',
    path: '/totp',
    tag: 'Sign-in',
    summary: 'Ask for a secret for one-time passwords',
    description: 'They are on once a first code was right, within 15 minutes. Asked again, it is another secret.',
    body: z.strictObject({ password: z.string().min(1).max(400) }),
    answer: { status: 201, description: 'The secret, shown once.', schema: secretOut },
    problems: ['totp_on_already', 'password_wrong', 'rate_limited'],
    secret: true,
    handle: async (asked) => {
      const { system, caller, body } = asked
      const request = { loginId: signedIn(caller).loginId, ...body, origin: originOf(asked) }
      const begun = await beginTotp(system, request)
      return 'refused' in begun ? refuse(begun) : begun
    },
  }),
  route({
    operation: 'confirmTotp',
    method: 'POST',
    path: '/totp/confirm',
    tag: 'Sign-in',
    summary: 'Turn one-time passwords on with a first code',
    body: z.strictObject({ code: totpCode }),
    answer: {
      status: 200,
      description: 'They are on. Ten backup codes.',
      schema: z.object({ backupCodes: backupCodesOut }),
    },
    problems: ['code_wrong', 'totp_not_begun', 'totp_on_already', 'rate_limited'],
    secret: true,
    handle: async ({ system, caller, body, address, now }) => {
      const { loginId } = signedIn(caller)
      const confirmed = await confirmTotp(system, loginId, body.code, actorOf(caller, address), now)
      return 'refused' in confirmed ? refuse(confirmed) : { backupCodes: [...confirmed.backupCodes] }
    },
  }),
  route({
    operation: 'removeTotp',
    method: 'POST',
    path: '/totp/remove',
    tag: 'Sign-in',
    summary: 'Turn one-time passwords off',
    description:
      'With the password and a code, or a backup code, once more. Backup codes go with them. Not for staff outside the ' +
      'sandbox, who need them to sign in.',
    body: z.strictObject({ password: z.string().min(1).max(400), code: z.string().min(1).max(40) }),
    answer: { status: 204, description: 'They are off.' },
    problems: ['password_wrong', 'code_wrong', 'totp_not_on', 'rate_limited'],
    handle: async (asked) => {
      const { system, settings, caller, body, address, now } = asked
      if (caller.kind === 'staff' && !settings.sandbox) throw new Problem('not_permitted')
      const request = { loginId: signedIn(caller).loginId, ...body, origin: originOf(asked) }
      const removed = await removeTotp(system, request, actorOf(caller, address), now)
      if ('refused' in removed) refuse(removed)
      return undefined
    },
  }),
  route({
    operation: 'removeRootTotp',
    method: 'POST',
    path: '/accounts/:accountId/totp/remove',
    tag: 'Staff',
    summary: 'Turn off the root user’s one-time passwords',
    description: 'For a root user who lost both app and backup codes, after finding out who is asking. Audited.',
    params: ofAccount,
    answer: { status: 204, description: 'They are off.' },
    problems: ['totp_not_on'],
    handle: async ({ system, params, caller, address, now }) => {
      const removed = await removeRootTotp(system, params.accountId, actorOf(caller, address), now)
      if (!removed) throw new Problem('totp_not_on')
      return undefined
    },
  }),
]
