/** Passwords: changed by who knows the present one, set anew through a link in an e-mail. */
import { z } from 'zod'
import { actorOf } from '../../operations/identity/audit.ts'
import { changePassword } from '../../operations/identity/change-password.ts'
import { finishPasswordReset, inviteRoot, requestPasswordReset } from '../../operations/identity/password-reset.ts'
import { Problem } from '../errors.ts'
import { route } from '../route.ts'
import { knowDevice, originOf, refuse, signedIn } from '../signed-in.ts'
import { typedEmail } from '../typed-email.ts'
import { ofAccount } from '../wire.ts'

export const newPassword = z.string().min(1).max(400).meta({
  description: '10 to 200 characters, and not easily guessed.',
  example: 'correct horse battery staple',
})
export const linkToken = z
  .string()
  .max(100)
  .meta({ description: 'What the link ends with.', example: `kpl_${'x'.repeat(43)}` })

export const passwordRoutes = [
  route({
    operation: 'changePassword',
    method: 'PUT',
    path: '/password',
    tag: 'Sign-in',
    summary: 'Change one’s own password',
    description: 'Every other session of the same login ends.',
    body: z.strictObject({ password: z.string().min(1).max(400), newPassword }),
    answer: { status: 204, description: 'It is changed.' },
    problems: ['password_wrong', 'password_too_short', 'password_too_long', 'password_guessable', 'rate_limited'],
    handle: async (asked) => {
      const { system, caller, body, address, now } = asked
      const change = { ...signedIn(caller), ...body, origin: originOf(asked) }
      const changed = await changePassword(system, change, actorOf(caller, address), now)
      if ('refused' in changed) refuse(changed)
      return undefined
    },
  }),
  route({
    operation: 'requestPasswordReset',
    method: 'POST',
    path: '/password-resets',
    tag: 'Sign-in',
    summary: 'Ask for a link that sets a new password',
    description:
      'For root users and staff. Answered alike whether or not anybody has this e-mail address. The link is good for 30 ' +
      'minutes and once; a later one replaces it. A SAM user’s password is set by the root user.',
    body: z.strictObject({
      email: typedEmail,
      staff: z.boolean().default(false),
    }),
    answer: { status: 202, description: 'If somebody has this address, an e-mail is on its way.' },
    problems: ['rate_limited'],
    handle: async ({ system, body, address, now }) => {
      const kind = body.staff ? 'staff' : 'root'
      const requested = await requestPasswordReset(system, { kind, email: body.email, address }, now)
      if ('refused' in requested) refuse(requested)
      return undefined
    },
  }),
  route({
    operation: 'finishPasswordReset',
    method: 'POST',
    path: '/password-resets/finish',
    tag: 'Sign-in',
    summary: 'Set a new password with the link',
    description: 'Every session of the login ends. One-time passwords stay on.',
    body: z.strictObject({ token: linkToken, password: newPassword }),
    answer: { status: 204, description: 'The password is set.' },
    problems: ['link_not_good', 'password_too_short', 'password_too_long', 'password_guessable', 'rate_limited'],
    handle: async (asked) => {
      const { system, body, address, now } = asked
      const finished = await finishPasswordReset(system, { ...body, address }, now)
      if ('refused' in finished) refuse(finished)
      knowDevice(asked, finished.loginId)
      return undefined
    },
  }),
  route({
    operation: 'inviteRoot',
    method: 'POST',
    path: '/accounts/:accountId/invitation',
    tag: 'Accounts',
    summary: 'Invite the root user to set a first password',
    description: 'An e-mail with a link that is good for seven days and once.',
    params: ofAccount,
    answer: { status: 202, description: 'The e-mail is on its way.' },
    problems: ['root_not_invitable'],
    handle: async ({ system, params, caller, address, now }) => {
      const invited = await inviteRoot(system, params.accountId, actorOf(caller, address), now)
      if (!invited) throw new Problem('root_not_invitable')
      return undefined
    },
  }),
]
