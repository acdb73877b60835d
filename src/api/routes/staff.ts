/** The platform's own people: taken in by an admin, set up through a link, let go at once. And what they all did. */
import { z } from 'zod'
import { staffRoles } from '../../domain/access.ts'
import { addStaff, endStaff, inviteStaff } from '../../operations/identity/add-staff.ts'
import { actorOf } from '../../operations/identity/audit.ts'
import { beginStaffSetUp, finishStaffSetUp } from '../../operations/identity/set-up-staff.ts'
import { readAudit } from '../../postgres/audit.ts'
import { readStaff } from '../../postgres/staff.ts'
import { pageFrom, readCursor } from '../cursor.ts'
import { Problem } from '../errors.ts'
import { type Asked, route } from '../route.ts'
import { knowDevice, refuse } from '../signed-in.ts'
import { epochMs, instantOut, ourId, page, pageOf, wireInstant, wireInstantOrNull } from '../wire.ts'
import { linkToken, newPassword } from './passwords.ts'
import { backupCodesOut, secretOut, totpCode } from './totp.ts'

const role = z.enum(staffRoles).meta({ description: '`admin` also manages staff and API keys.' })
const ofStaff = z.object({ staffId: ourId })

const staffOut = z
  .object({
    staffId: z.string(),
    name: z.string(),
    email: z.string(),
    role,
    createdAt: instantOut,
    endedAt: instantOut.nullable(),
    passwordSet: z.boolean(),
    totpOn: z.boolean(),
  })
  .meta({ id: 'StaffMember' })

const invitedOut = z.object({
  staffId: z.string(),
  link: z.string().meta({ description: 'To hand over: good for seven days and once. Shown now and never again.' }),
  token: linkToken,
})
const invited = ({ system }: Asked, staffId: string, token: string) => ({
  staffId,
  token,
  link: `${system.publicUrl}/staff/set-up#${token}`,
})

export const staffRoutes = [
  route({
    operation: 'listStaff',
    method: 'GET',
    path: '/staff',
    tag: 'Staff',
    summary: 'Everybody on the staff',
    description: 'Those who left too; 500 at most.',
    answer: { status: 200, description: 'In order of arrival.', schema: z.object({ items: z.array(staffOut) }) },
    handle: async ({ system }) => ({
      items: (await readStaff(system.db)).map(({ invitationId: _, ...row }) => ({
        ...row,
        createdAt: wireInstant(row.createdAt),
        endedAt: wireInstantOrNull(row.endedAt),
      })),
    }),
  }),
  route({
    operation: 'addStaff',
    method: 'POST',
    path: '/staff',
    tag: 'Staff',
    summary: 'Take somebody into the staff',
    body: z.strictObject({
      name: z.string().trim().min(1).max(100).meta({ example: 'Aoi Tanaka' }),
      email: z.email().max(250).meta({ example: 'aoi@example.com' }),
      role,
    }),
    answer: { status: 201, description: 'Their link to a password.', schema: invitedOut },
    problems: ['staff_email_taken'],
    secret: true,
    handle: async (asked) => {
      const { system, body, caller, address, createId } = asked
      const added = await addStaff(system, body, actorOf(caller, address), createId())
      return 'refused' in added ? refuse(added) : invited(asked, added.staffId, added.token)
    },
  }),
  route({
    operation: 'inviteStaff',
    method: 'POST',
    path: '/staff/:staffId/invitation',
    tag: 'Staff',
    summary: 'Set up somebody’s sign-in anew',
    description:
      'For a link that ran out, or a lost telephone: password and one-time passwords are gone, sessions end.',
    params: ofStaff,
    answer: { status: 201, description: 'Their new link.', schema: invitedOut },
    problems: ['not_found', 'link_not_good'],
    secret: true,
    handle: async (asked) => {
      const { system, params, caller, address, createId } = asked
      const link = await inviteStaff(system, params.staffId, actorOf(caller, address), createId())
      return 'refused' in link ? refuse(link) : invited(asked, params.staffId, link.token)
    },
  }),
  route({
    operation: 'endStaff',
    method: 'DELETE',
    path: '/staff/:staffId',
    tag: 'Staff',
    summary: 'Let somebody go',
    description: 'Sessions end at once. What they did keeps their name. The last admin stays.',
    params: ofStaff,
    answer: { status: 204, description: 'They can do nothing here any more.' },
    problems: ['not_found', 'last_admin'],
    handle: async ({ system, params, caller, address }) => {
      const ended = await endStaff(system, params.staffId, actorOf(caller, address))
      if (ended === 'last_admin') throw new Problem('last_admin')
      if (ended === 'unknown') throw new Problem('not_found')
      return undefined
    },
  }),
  route({
    operation: 'beginStaffSetUp',
    method: 'POST',
    path: '/staff/set-up',
    tag: 'Sign-in',
    summary: 'Open a staff invitation',
    description: 'Answers a secret for one-time passwords, to be confirmed when setting the password.',
    body: z.strictObject({ token: linkToken }),
    answer: { status: 200, description: 'The secret.', schema: secretOut.extend({ email: z.string() }) },
    problems: ['link_not_good'],
    secret: true,
    handle: async ({ system, body }) => {
      const begun = await beginStaffSetUp(system, body.token)
      return 'refused' in begun ? refuse(begun) : begun
    },
  }),
  route({
    operation: 'finishStaffSetUp',
    method: 'POST',
    path: '/staff/set-up/finish',
    tag: 'Sign-in',
    summary: 'Set a staff member’s first password and code',
    description: 'The code may be left out in the sandbox only.',
    body: z.strictObject({ token: linkToken, password: newPassword, code: totpCode.optional() }),
    answer: {
      status: 200,
      description: 'They can sign in. Ten backup codes, or none without a code.',
      schema: z.object({ backupCodes: backupCodesOut }),
    },
    problems: [
      'link_not_good',
      'code_wrong',
      'password_too_short',
      'password_too_long',
      'password_guessable',
      'rate_limited',
    ],
    secret: true,
    handle: async (asked) => {
      const { system, settings, body, address, now } = asked
      const { token, password, code = null } = body
      const request = { token, password, code, address, sandbox: settings.sandbox }
      const finished = await finishStaffSetUp(system, request, now)
      if ('refused' in finished) refuse(finished)
      knowDevice(asked, finished.loginId)
      return { backupCodes: [...finished.backupCodes] }
    },
  }),
  route({
    operation: 'listAudit',
    method: 'GET',
    path: '/audit',
    tag: 'Staff',
    summary: 'What was done to sign-ins, staff and keys',
    query: z.strictObject(page),
    answer: {
      status: 200,
      description: 'The latest first.',
      schema: pageOf(
        z.object({
          auditId: z.string(),
          happenedAt: instantOut,
          act: z.string().meta({ example: 'key_created' }),
          who: z.string().meta({ description: 'An id; `nobody` before sign-in, `operator` on the command line.' }),
          subject: z.string().meta({ description: 'Whom or what it was done to.' }),
          address: z.string().nullable(),
          details: z.record(z.string(), z.unknown()),
        }),
      ),
    },
    handle: async ({ system, query: { limit, cursor } }) => {
      const before = readCursor(cursor, z.object({ at: epochMs, id: ourId }))
      const rows = await readAudit(system.db, limit + 1, before && { happenedAt: before.at, auditId: before.id })
      return pageFrom(
        rows,
        limit,
        (row) => ({ at: row.happenedAt, id: row.auditId }),
        (row) => ({ ...row, happenedAt: wireInstant(row.happenedAt) }),
      )
    },
  }),
]
