/** Whether this server is there, and whether it can work. */
import { sql } from 'kysely'
import { z } from 'zod'
import { route } from '../route.ts'

const ok = z.object({ status: z.literal('ok') })

export const systemRoutes = [
  route({
    operation: 'readHealth',
    method: 'GET',
    path: '/health',
    tag: 'System',
    summary: 'Is the process there?',
    answer: { status: 200, description: 'It is.', schema: ok },
    handle: async () => ({ status: 'ok' as const }),
  }),
  route({
    operation: 'readReadiness',
    method: 'GET',
    path: '/ready',
    tag: 'System',
    summary: 'Can it work?',
    description: 'The database answers. A server listens only once the database is migrated.',
    answer: { status: 200, description: 'It can.', schema: ok },
    handle: async ({ system }) => {
      await sql`select 1`.execute(system.db)
      return { status: 'ok' as const }
    },
  }),
]
