/** `npm run schema`: migrates an empty database and writes what it then is to `schema.sql`. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { startThrowAwayPostgres } from '../../src/adapters/embedded-postgres/throw-away.ts'
import { instant } from '../../src/domain/calendar.ts'
import { migrate } from '../../src/postgres/migrate.ts'
import { dumpSchema } from '../../src/postgres/schema-dump.ts'

const root = join(import.meta.dirname, '..', '..')
const server = await startThrowAwayPostgres()
const pool = new pg.Pool({ connectionString: server.url })
try {
  await migrate(pool, join(root, 'migrations'), instant(0))
  writeFileSync(join(root, 'schema.sql'), await dumpSchema(pool))
} finally {
  await pool.end()
  await server.stop()
}
