/** What holds for every request, refused ones too: they are counted, and told without our inside. */
import fastify from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import { tellProblems } from '../../src/api/tell-problem.ts'
import { apiOn } from '../support/api.ts'
import { testDatabase } from '../support/database.ts'
import { freshEngine } from '../support/scenes.ts'

const database = testDatabase()

test.each([
  ['without a session', '/me', 401],
  ['with a key that is none', '/me', 401],
  ['for no operation', '/nothing', 404],
])('requests %s are counted, too', async (what, path, status) => {
  const engine = await freshEngine(database)
  const { ask } = await apiOn(engine, { requestsPerMinute: 2 })
  const token = what.includes('key') ? 'kak_nobody' : null
  const statuses: number[] = []
  for (let times = 0; times < 3; times++) statuses.push((await ask(token, 'GET', path)).status)
  expect(statuses).toEqual([status, status, 429])
})

test('what fails while a problem is told says nothing of our inside', async () => {
  const app = fastify()
  onTestFinished(() => app.close())
  tellProblems(app)
  await app.register(async (scope) => {
    tellProblems(scope)
    scope.addHook('onSend', async () => {
      throw new Error('words of the database')
    })
    scope.get('/', async () => ({}))
  })
  const answer = await app.inject('/')
  expect([answer.statusCode, answer.json().code]).toEqual([500, 'internal'])
  expect(answer.body).not.toContain('words')
})
