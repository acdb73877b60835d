/**
 * One PostgreSQL and one migrated template for a whole run of the tests. Nothing is started before a test file asks:
 * the files run in processes of their own, so they ask over loopback, and a run of pure tests costs nothing.
 */
import { createServer } from 'node:http'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { startThrowAwayPostgres } from '../../src/adapters/embedded-postgres/throw-away.ts'
import { instant } from '../../src/domain/calendar.ts'
import { migrate } from '../../src/postgres/migrate.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where a test process asks for the server; it answers with a `TestServer` as JSON. */
    testServerUrl: string
  }
}

export interface TestServer {
  /** A database of the server that is not the template, with the right to create others. */
  readonly adminUrl: string
  readonly template: string
}

const migrationsFolder = join(import.meta.dirname, '..', '..', 'migrations')

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let started: Promise<TestServer & { stop(): Promise<void> }> | null = null
  const http = createServer((_request, response) => {
    started ??= startServer()
    started.then(
      ({ adminUrl, template }) => response.end(JSON.stringify({ adminUrl, template })),
      (error: unknown) => response.writeHead(500).end(String(error)),
    )
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const address = http.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  project.provide('testServerUrl', `http://127.0.0.1:${address.port}`)
  return async () => {
    http.close()
    // A start that failed was reported to the file that asked, and left nothing to stop.
    const server = await started?.catch(() => null)
    await server?.stop()
  }
}

/** The server of KESSAI_TEST_DATABASE_URL when it is set, else an embedded one. */
async function startServer(): Promise<TestServer & { stop(): Promise<void> }> {
  const given = process.env.KESSAI_TEST_DATABASE_URL
  // Tests kill processes, never the machine: here alone nothing has to outlive a power cut.
  const settings = { shared_buffers: '128MB', max_wal_size: '512MB', fsync: 'off' }
  const embedded = given ? null : await startThrowAwayPostgres(settings)
  const adminUrl = given ?? embedded?.url ?? ''
  const template = `kessai_template_${process.pid}`
  await runOn(adminUrl, `drop database if exists ${template}`, `create database ${template}`)
  const url = new URL(adminUrl)
  url.pathname = `/${template}`
  const pool = new pg.Pool({ connectionString: url.href, max: 1 })
  try {
    await migrate(pool, migrationsFolder, instant(0))
  } finally {
    await pool.end()
  }
  return {
    adminUrl,
    template,
    stop: async () => {
      if (given) await runOn(adminUrl, `drop database if exists ${template}`)
      await embedded?.stop()
    },
  }
}

async function runOn(url: string, ...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}
