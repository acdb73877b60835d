/** Downloads: broken off when their rows cannot be read to the end, and nothing else is. */
import fastify from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import { type Cell, sendCsv } from '../../src/api/csv.ts'

test('a download whose later rows cannot be read is broken off, and the process lives', async () => {
  const app = fastify()
  onTestFinished(() => app.close())
  app.get('/broken', (_request, reply) => sendCsv(reply, 'rows.csv', ['row'], rows(5_000, new Error('no database'))))
  app.get('/whole', (_request, reply) => sendCsv(reply, 'rows.csv', ['row'], rows(5_000, null)))
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  await expect(fetch(`${address}/broken`).then((answer) => answer.text())).rejects.toThrow()
  const whole = await fetch(`${address}/whole`)
  expect((await whole.text()).split('\r\n')).toHaveLength(5_002)
})

test('whoever leaves in the middle of a download ends the reading of its rows', async () => {
  const app = fastify()
  onTestFinished(() => app.close())
  const { promise: ended, resolve: end } = Promise.withResolvers<void>()
  async function* endless(): AsyncGenerator<Cell[]> {
    try {
      for (;;) yield ['x'.repeat(1_000)]
    } finally {
      end()
    }
  }
  app.get('/endless', (_request, reply) => sendCsv(reply, 'rows.csv', ['row'], endless()))
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  const leave = new AbortController()
  await fetch(`${address}/endless`, { signal: leave.signal })
  leave.abort()
  await ended
})

async function* rows(count: number, failure: Error | null): AsyncGenerator<Cell[]> {
  for (let row = 0; row < count; row++) yield [`row ${row} ${'x'.repeat(100)}`]
  if (failure) throw failure
}
