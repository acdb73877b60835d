/**
 * Every operation of the reference with hostile values in every place: what is wrong is answered with a 4xx that names
 * the field, and never with a 500. Whatever is answered is a problem that the reference lists for the operation.
 */

import { connect } from 'node:net'
import { beforeAll, describe, expect, test } from 'vitest'
import { access, scopes, type Who } from '../../src/domain/access.ts'
import { bucketOfAccount } from '../../src/domain/bucket.ts'
import { instant } from '../../src/domain/calendar.ts'
import { type Answer, openApi, type TestApi } from '../support/api.ts'
import { testDatabase } from '../support/database.ts'
import { emptyDatabase } from '../support/empty.ts'
import { accountWithCard, type Engine, engineOn } from '../support/engine.ts'
import { type Described, exampleOf, fillPath, operations } from '../support/openapi.ts'

const database = testDatabase()
const account = 'OP0000000001'
/** Numbers such as 1e400 are written by hand below: JSON.stringify has no word for them. */
const hostile: readonly unknown[] = [
  null,
  '',
  'x'.repeat(40_000),
  '\0',
  "'; drop table charges; --",
  '<script>alert(1)</script>',
  '\ud800',
  '2027-02-30',
  '../../etc/passwd',
  -1,
  1.5,
  Number.MAX_SAFE_INTEGER,
  1e300,
  true,
  [],
  {},
  { __proto__: { polluted: true }, constructor: { prototype: { polluted: true } } },
  Array.from({ length: 5_000 }, () => 1),
]

let engine: Engine
let api: TestApi
beforeAll(async () => {
  await emptyDatabase(database.pool)
  engine = await engineOn(database.url)
  await accountWithCard(engine, account)
  api = await openApi(engine, { requestsPerMinute: 1_000_000 })
  return async () => {
    await api.app.close()
    await engine.close()
  }
})

/** Somebody who may; what ends their session gets another the next time. */
async function tokenFor({ operation }: Described): Promise<string | null> {
  const mays: readonly Who[] = access[operation]
  if (mays.includes('nobody')) return null
  if (mays.includes('root')) return api.rootToken(account)
  if (mays.includes('admin')) return api.staffToken('admin')
  return api.keyToken(scopes.filter((scope) => mays.includes(scope)))
}

function expectSound(described: Described, sent: unknown, answer: Answer): void {
  const told = `${described.operation} ${String(JSON.stringify(sent)).slice(0, 150)}: ${answer.status} ${answer.text.slice(0, 300)}`
  expect(answer.status, told).toBeLessThan(500)
  if (answer.status < 400) return
  expect(String(answer.headers['content-type']), told).toContain('application/problem+json')
  expect(described.problems, told).toContain(answer.body.code)
  if (answer.status === 400 && answer.body.code === 'invalid_request') {
    const errors = answer.body.errors as { field: string; message: string }[] // as the schema of a problem has it
    expect(errors.length, told).toBeGreaterThan(0)
    for (const { field, message } of errors) expect(field && message, told).toBeTruthy()
  }
}

const goodPath = ({ path, parameters }: Described, instead: Readonly<Record<string, string>> = {}): string => {
  const id = engine.system.makeId(bucketOfAccount(account), instant(0))
  const values = parameters.flatMap((one) =>
    one.in === 'path' ? [[one.name, one.name.endsWith('Id') ? id : String(exampleOf(one.schema))]] : [],
  )
  return fillPath(path, { ...Object.fromEntries(values), accountId: account, coverage: 'g', ...instead })
}

describe.each(operations.map((described) => [described.operation, described] as const))('%s', (_name, described) => {
  test('takes hostile values in its address', async () => {
    const token = await tokenFor(described)
    const body = described.body === null ? undefined : exampleOf(described.body)
    for (const { name, in: place } of described.parameters) {
      for (const value of hostile.filter((one) => typeof one === 'string' || typeof one === 'number')) {
        const text = String(value).toWellFormed().slice(0, 3_000)
        const address =
          place === 'path'
            ? goodPath(described, { [name]: text || ' ' })
            : `${goodPath(described)}?${name}=${encodeURIComponent(text)}`
        expectSound(described, { [name]: text }, await api.ask(token, described.method, address, body))
      }
    }
    expectSound(
      described,
      'an unknown query',
      await api.ask(token, described.method, `${goodPath(described)}?nothing=1`, body),
    )
  })

  test('takes cursors that no page answered', async () => {
    if (!described.parameters.some(({ name }) => name === 'cursor')) return
    const token = await tokenFor(described)
    for (const text of cursors) {
      const cursor = Buffer.from(text).toString('base64url')
      expectSound(described, text, await api.ask(token, described.method, `${goodPath(described)}?cursor=${cursor}`))
    }
  })

  test('takes hostile values in its body', async () => {
    if (described.body === null) return
    const good = exampleOf(described.body)
    const fields = typeof good === 'object' && good !== null ? Object.keys(good) : []
    const bodies: unknown[] = [
      ...hostile,
      { ...(good as object), unknownField: 1 },
      ...fields.flatMap((field) => hostile.map((value) => ({ ...(good as object), [field]: value }))),
    ]
    for (const body of bodies) {
      const token = await cached(described)
      const answer = await api.ask(token, described.method, goodPath(described), JSON.stringify(body), {
        'content-type': 'application/json',
      })
      expectSound(described, body, answer)
      if (answer.status < 300) tokens.delete(described.operation)
    }
  })

  test('takes a body that is no body', async () => {
    if (described.method === 'GET') return
    const token = await cached(described)
    for (const [text, type] of noBodies) {
      const key = described.method === 'POST' ? { 'idempotency-key': `none-${noBody++}` } : {}
      const headers = { 'content-type': type, ...key }
      const answer = await api.ask(token, described.method, goodPath(described), text, headers)
      expectSound(described, `${type} ${text.slice(0, 50)}`, answer)
      if (answer.status < 300) tokens.delete(described.operation)
    }
  })
})

const tokens = new Map<string, string | null>()
async function cached(described: Described): Promise<string | null> {
  if (!tokens.has(described.operation)) tokens.set(described.operation, await tokenFor(described))
  return tokens.get(described.operation) ?? null
}

const id = '0198b1e0-7a3c-7c11-8a2f-3b9d0e5f6a71'
const cursors: readonly string[] = [
  'null',
  '[]',
  '{',
  ...['9007199254740991', '-9007199254740991', '1e400', '0.5', '"\\u0000"'].map((at) => `{"at":${at},"id":"${id}"}`),
  ...['"\\u0000"', '"\\ud800"', '{}', '1', 'null'].flatMap((value) =>
    ['id', 'name', 'month', 'day'].map((field) => `{"${field}":${value},"id":"${id}"}`),
  ),
  `{"month":"9999-99","day":"9999-99-99","id":"\\u0000"}`,
  `{"month":"2027-01","day":"2027-01-01","id":"\\u0000"}`,
  `{"day":"2027-01-01","id":"\\ud800"}`,
]

let noBody = 0
const noBodies: readonly (readonly [text: string, type: string])[] = [
  ['', 'application/json'],
  ['{', 'application/json'],
  ['{"a":1e400}', 'application/json'],
  ['{"__proto__":{"polluted":true}}', 'application/json'],
  ['['.repeat(30_000) + ']'.repeat(30_000), 'application/json'],
  [`{"a":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_001)}`, 'application/json'],
  [`{"a":"${'x'.repeat(70_000)}"}`, 'application/json'],
  ['a=1', 'application/x-www-form-urlencoded'],
  ['<a/>', 'text/xml'],
  ['x', 'nonsense'],
]

test('nothing was polluted', () => {
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
})

test('what is not even HTTP is refused, and the server goes on', async () => {
  const address = await api.app.listen({ host: '127.0.0.1', port: 0 })
  const port = Number(new URL(address).port)
  for (const text of [
    'GARBAGE\r\n\r\n',
    `GET /${'x'.repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
    'GET /api/health HTTP/1.1\r\n\r\n',
  ]) {
    const socket = connect(port, '127.0.0.1')
    let heard = ''
    socket.on('data', (chunk) => {
      heard += String(chunk)
    })
    socket.on('error', () => undefined)
    socket.write(text)
    await new Promise((resolve) => socket.on('close', resolve))
    // A reset may overtake the answer.
    if (heard !== '') expect(heard).toMatch(/^HTTP\/1\.1 4\d\d/)
  }
  expect((await fetch(`${address}/api/health`)).status).toBe(200)
})
