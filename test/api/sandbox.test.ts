/** The sandbox's own page and acts, asked as a browser would. */
import fastify from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-zod-openapi'
import { expect, onTestFinished, test } from 'vitest'
import { type CardBehaviour, sandbox } from '../../src/api/sandbox/sandbox.ts'
import { problemOf, tellProblem } from '../../src/api/tell-problem.ts'
import { businessTime, freezeClock, offsetClock, readClock } from '../../src/postgres/clock.ts'
import { testDatabase } from '../support/database.ts'
import { accountWithCard, type Engine } from '../support/engine.ts'
import { fingerprintOf, freshEngine } from '../support/scenes.ts'

const database = testDatabase()
const accountId = 'OP0000000001'

async function sandboxOn(engine: Engine, isIdle = async () => true) {
  const told: [string, CardBehaviour][] = []
  const clock = {
    now: async () => businessTime(await readClock(engine.system.db), Number(engine.system.wallNow())),
  }
  const app = fastify()
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler((problem, request, reply) => tellProblem(problemOf(problem), request, reply))
  const controls = {
    people: [],
    isIdle,
    behave: async (fingerprint: string, behaviour: CardBehaviour) => void told.push([fingerprint, behaviour]),
  }
  await app.register(sandbox({ system: engine.system, clock, controls }), { prefix: '/sandbox' })
  onTestFinished(() => app.close())
  const post = async (path: string, payload: object) => {
    const answer = await app.inject({ method: 'POST', url: `/sandbox${path}`, payload })
    return { status: answer.statusCode, body: answer.json() as Record<string, unknown> } // JSON of ours
  }
  return { app, post, told }
}

test('B5 the page may load scripts and frames of ours and of the gateway, and nothing that is written into it', async () => {
  const { app } = await sandboxOn(await freshEngine(database))
  const page = await app.inject('/sandbox/')
  const policy = String(page.headers['content-security-policy'])
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("script-src 'self' http://127.0.0.1:9;")
  expect(policy).toContain('frame-src http://127.0.0.1:9;')
  expect(policy).not.toContain('unsafe')
  expect(page.body).not.toMatch(/<script(?![^>]*src=)|<style|style=| on\w+=/)
  const assets = [...page.body.matchAll(/(?:src|href)="(\/sandbox\/\w+\.\w+)"/g)].map(([, path]) => path ?? '')
  expect(assets.length).toBeGreaterThan(1)
  for (const path of assets) expect((await app.inject(path)).statusCode, path).toBe(200)
})

test('the clock stands where it was moved to, and runs on where it ran before', async () => {
  const engine = await freshEngine(database)
  const { post } = await sandboxOn(engine)
  await freezeClock(engine.system.db, engine.now())
  expect(await post('/clock', { advance: 'P1D' })).toEqual({ status: 200, body: { now: '2027-01-11T00:00:00.000Z' } })
  expect((await readClock(engine.system.db))?.frozenAt).not.toBeNull()
  await offsetClock(engine.system.db, 0)
  expect((await post('/clock', { advance: 'P2D' })).status).toBe(200)
  expect((await readClock(engine.system.db))?.frozenAt).toBeNull()
})

test.each([{}, { advance: 'P0D' }, { advance: 'P32D' }, { advance: 'P1Y' }, { advance: 'P1D', to: 'never' }])(
  'a clock is not moved by %j',
  async (body) => {
    const { post } = await sandboxOn(await freshEngine(database))
    expect(await post('/clock', body)).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  },
)

test('the clock is moved once at a time', async () => {
  const engine = await freshEngine(database)
  let arrive = () => {}
  let letGo = () => {}
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve
  })
  const gone = new Promise<void>((resolve) => {
    letGo = resolve
  })
  const { post } = await sandboxOn(engine, async () => {
    arrive()
    await gone
    return true
  })
  await freezeClock(engine.system.db, engine.now())
  const first = post('/clock', { advance: 'P1D' })
  await arrived
  expect(await post('/clock', { advance: 'P1D' })).toMatchObject({ status: 409, body: { code: 'request_in_progress' } })
  letGo()
  expect((await first).status).toBe(200)
})

test('an issuer is told about the card that an account pays a coverage with now', async () => {
  const engine = await freshEngine(database)
  await accountWithCard(engine, accountId)
  const { post, told } = await sandboxOn(engine)
  expect((await post('/cards', { accountId, coverage: 'g', behaviour: 'lost' })).status).toBe(200)
  expect(told).toEqual([[await fingerprintOf(engine, accountId), 'lost']])
  expect((await post('/cards', { accountId, coverage: 'jp', behaviour: 'lost' })).status).toBe(404)
  expect((await post('/cards', { accountId, coverage: 'g', behaviour: 'kind' })).status).toBe(400)
})
