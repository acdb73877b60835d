/** One's own sessions: where one is signed in, and how to end it. */
import { z } from 'zod'
import { actorOf } from '../../operations/identity/audit.ts'
import { endOtherSessions, endOwnSession } from '../../operations/identity/sessions.ts'
import { readSessions } from '../../postgres/sessions.ts'
import { Problem } from '../errors.ts'
import { route } from '../route.ts'
import { signedIn } from '../signed-in.ts'
import { instantOut, ourId, wireInstant } from '../wire.ts'

const sessionOut = z
  .object({
    sessionId: z.string(),
    startedAt: instantOut,
    lastSeenAt: instantOut.meta({ description: 'Within a minute.' }),
    expiresAt: instantOut.meta({ description: 'In any case; earlier when it is not used.' }),
    address: z.string().meta({ description: 'Where it was opened from.', example: '192.0.2.1' }),
    userAgent: z.string(),
    current: z.boolean().meta({ description: 'The one that asks.' }),
  })
  .meta({ id: 'Session' })

export const sessionRoutes = [
  route({
    operation: 'listSessions',
    method: 'GET',
    path: '/sessions',
    tag: 'Sign-in',
    summary: 'Where one is signed in',
    description: 'Live sessions, the latest first; 100 at most.',
    answer: { status: 200, description: 'The sessions.', schema: z.object({ items: z.array(sessionOut) }) },
    handle: async ({ system, caller }) => {
      const me = signedIn(caller)
      const sessions = await readSessions(system.db, me.loginId, system.wallNow())
      return {
        items: sessions.map(({ sessionId, startedAt, lastSeenAt, expiresAt, address, userAgent }) => ({
          sessionId,
          startedAt: wireInstant(startedAt),
          lastSeenAt: wireInstant(lastSeenAt),
          expiresAt: wireInstant(expiresAt),
          address,
          userAgent,
          current: sessionId === me.sessionId,
        })),
      }
    },
  }),
  route({
    operation: 'endSession',
    method: 'DELETE',
    path: '/sessions/:sessionId',
    tag: 'Sign-in',
    summary: 'End one of one’s sessions',
    params: z.object({ sessionId: ourId }),
    answer: { status: 204, description: 'It is over.' },
    problems: ['not_found'],
    handle: async ({ system, caller, params, address }) => {
      const { loginId } = signedIn(caller)
      const ended = await endOwnSession(system, loginId, params.sessionId, actorOf(caller, address))
      if (!ended) throw new Problem('not_found')
      return undefined
    },
  }),
  route({
    operation: 'endOtherSessions',
    method: 'DELETE',
    path: '/sessions',
    tag: 'Sign-in',
    summary: 'End all of one’s sessions but this one',
    answer: { status: 204, description: 'They are over.' },
    handle: async ({ system, caller, address }) => {
      const { loginId, sessionId } = signedIn(caller)
      await endOtherSessions(system, loginId, sessionId, actorOf(caller, address))
      return undefined
    },
  }),
]
