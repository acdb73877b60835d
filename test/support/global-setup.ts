/**
 * One PostgreSQL and one migrated template for a whole run of the tests. Nothing is started before a test file asks:
 * the files run in processes of their own, so they ask over loopback, and a run of pure tests costs nothing.
 */
import { createServer, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import type { TestProject } from 'vitest/node'
import { type Lending, startLending, type TestServer } from './lending.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where a test process asks for the server: see `TestServerAnswers`. */
    testServerUrl: string
  }
}

/** `POST` to each path; what it answers as JSON. */
export interface TestServerAnswers {
  readonly '/server': TestServer
  /** The address of a database for one file; its body goes back to `/return`. */
  readonly '/borrow': string
  readonly '/return': null
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Each project of the configuration sets itself up; they share the first one's server.
  const shared = process.env[sharedIn]
  if (shared) {
    project.provide('testServerUrl', shared)
    return async () => undefined
  }
  let started: Promise<Lending> | null = null
  const http = createServer((request, response) => {
    started ??= startLending()
    started
      .then((lending) => answer(lending, request))
      .then(
        (said) => response.end(JSON.stringify(said)),
        (error: unknown) => response.writeHead(500).end(String(error)),
      )
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const address = http.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const url = `http://127.0.0.1:${address.port}`
  process.env[sharedIn] = url
  project.provide('testServerUrl', url)
  return async () => {
    delete process.env[sharedIn]
    http.close()
    // A start that failed was reported to the file that asked, and left nothing to stop.
    const lending = await started?.catch(() => null)
    await lending?.stop()
  }
}

const sharedIn = 'KESSAI_TEST_SERVER'

async function answer(lending: Lending, request: IncomingMessage): Promise<unknown> {
  switch (request.url) {
    case '/borrow':
      return lending.lend()
    case '/return':
      await lending.takeBack(await text(request))
      return null
    default:
      return { adminUrl: lending.adminUrl, template: lending.template }
  }
}
