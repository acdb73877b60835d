/** A database of its own for a test file: a clone of the migrated template, dropped when the file is done. */
import pg from 'pg'
import { afterAll, beforeAll, inject } from 'vitest'
import type { TestServer } from './global-setup.ts'

export interface TestDatabase {
  /** Usable from `beforeAll` on. */
  readonly url: string
  /** A pool on it, ended with the file. */
  readonly pool: pg.Pool
  /** An address of the server with the right to create databases. */
  readonly adminUrl: string
  /** Another clone of the template (or an empty database), for a test that must not share; dropped with the file. */
  another(from?: 'template' | 'empty'): Promise<string>
}

let made = 0

/** Call at the top of a test file (or a `describe`); connects in `beforeAll`, drops in `afterAll`. */
export function testDatabase(): TestDatabase {
  let server: TestServer | null = null
  let url: string | null = null
  let pool: pg.Pool | null = null
  const names: string[] = []

  const clone = async (from: 'template' | 'empty'): Promise<string> => {
    server ??= await askForServer()
    made += 1
    const name = `kessai_test_${process.pid}_${made}`
    names.push(name)
    const template = from === 'template' ? server.template : 'template0'
    await onServer(server.adminUrl, `drop database if exists ${name} with (force)`)
    await onServer(server.adminUrl, `create database ${name} template ${template}`)
    const address = new URL(server.adminUrl)
    address.pathname = `/${name}`
    return address.href
  }

  beforeAll(async () => {
    url = await clone('template')
    pool = new pg.Pool({ connectionString: url, max: 10 })
    // The database is dropped by force while a connection may still be saying goodbye.
    pool.on('error', () => undefined)
    pool.on('connect', (client) => client.on('error', () => undefined))
  })
  afterAll(async () => {
    await pool?.end()
    const adminUrl = server?.adminUrl
    if (adminUrl) for (const name of names) await onServer(adminUrl, `drop database if exists ${name} with (force)`)
  })

  return {
    get url() {
      return ready(url)
    },
    get pool() {
      return ready(pool)
    },
    get adminUrl() {
      return ready(server).adminUrl
    },
    another: (from = 'template') => clone(from),
  }
}

function ready<T>(value: T | null): T {
  if (value === null) throw new Error('the test database is there from beforeAll on, not earlier')
  return value
}

async function askForServer(): Promise<TestServer> {
  const response = await fetch(inject('testServerUrl'))
  if (!response.ok) throw new Error(`no test server: ${await response.text()}`)
  // Our own global-setup answers, with this very type.
  return (await response.json()) as TestServer
}

async function onServer(adminUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
