/** A database of its own for a test file: as the migrations leave one, given back when the file is done. */
import pg from 'pg'
import { afterAll, beforeAll, inject } from 'vitest'
import type { TestServerAnswers } from './global-setup.ts'
import type { TestServer } from './lending.ts'
import { runOn } from './run-on.ts'

export interface TestDatabase {
  /** Usable from `beforeAll` on. */
  readonly url: string
  /** A pool on it, ended with the file. */
  readonly pool: pg.Pool
  /** An address of the server with the right to create databases. */
  readonly adminUrl: string
  /** Another of them (or one without even the migrations), for a test that must not share; given back with the file. */
  another(from?: 'template' | 'empty'): Promise<string>
}

let made = 0

/** Call at the top of a test file (or a `describe`); borrows in `beforeAll`, gives back in `afterAll`. */
export function testDatabase(): TestDatabase {
  let server: TestServer | null = null
  let url: string | null = null
  let pool: pg.Pool | null = null
  const borrowed: string[] = []
  const ownMade: string[] = []

  const borrow = async (): Promise<string> => {
    const lent = await ask('/borrow')
    borrowed.push(lent)
    return lent
  }
  const makeEmpty = async (): Promise<string> => {
    const { adminUrl } = ready(server)
    made += 1
    const name = `kessai_test_${process.pid}_${made}`
    ownMade.push(name)
    await runOn(adminUrl, `drop database if exists ${name} with (force)`)
    await runOn(adminUrl, `create database ${name} template template0`)
    const address = new URL(adminUrl)
    address.pathname = `/${name}`
    return address.href
  }

  beforeAll(async () => {
    server = await ask('/server')
    url = await borrow()
    pool = new pg.Pool({ connectionString: url, max: 10 })
    // The database is dropped by force while a connection may still be saying goodbye.
    pool.on('error', () => undefined)
    pool.on('connect', (client) => client.on('error', () => undefined))
  })
  afterAll(async () => {
    await pool?.end()
    for (const lent of borrowed) await ask('/return', lent)
    for (const name of ownMade) await runOn(ready(server).adminUrl, `drop database if exists ${name} with (force)`)
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
    another: (from = 'template') => (from === 'template' ? borrow() : makeEmpty()),
  }
}

function ready<T>(value: T | null): T {
  if (value === null) throw new Error('the test database is there from beforeAll on, not earlier')
  return value
}

async function ask<Path extends keyof TestServerAnswers>(path: Path, body = ''): Promise<TestServerAnswers[Path]> {
  const response = await fetch(inject('testServerUrl') + path, { method: 'POST', body })
  if (!response.ok) throw new Error(`no test server: ${await response.text()}`)
  // Our own global-setup answers, with this very type.
  return (await response.json()) as TestServerAnswers[Path]
}
