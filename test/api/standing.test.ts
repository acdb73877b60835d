/** Standing over the API (B16): what payers, staff and platforms see, and what staff arrange. */
import { expect, test } from 'vitest'
import { apiOn, type TestApi } from '../support/api.ts'
import { testDatabase } from '../support/database.ts'
import type { Engine } from '../support/engine.ts'
import { accountNumber, declineAll, declineNothing, freshEngine, outstanding } from '../support/scenes.ts'

const database = testDatabase()
const accountId = accountNumber(1)
const arranging = `/accounts/${accountId}/coverages/g/standing`

/** Two accounts, overdue since 1 February and reminded on the 4th. */
async function overdue(): Promise<{ engine: Engine; api: TestApi }> {
  const engine = await freshEngine(database)
  await outstanding(engine, 2)
  declineAll(engine)
  await at(engine, '2027-02-04T12:00:00Z')
  return { engine, api: await apiOn(engine) }
}

async function at(engine: Engine, ...moments: readonly string[]): Promise<void> {
  for (const moment of moments) {
    engine.setNow(moment)
    await engine.idle()
  }
}

const untilSuspended = ['2027-02-08T12:00:00Z', '2027-02-15T12:00:00Z', '2027-03-03T12:00:00Z']

test('B16 the payer reads where the account stands and when it is suspended', async () => {
  const { api } = await overdue()
  const root = await api.rootToken(accountId)
  const { status, body } = await api.ask(root, 'GET', `/accounts/${accountId}/standing`)
  expect(status).toBe(200)
  expect(body).toEqual({
    standings: [
      {
        coverage: 'g',
        status: 'overdue',
        currency: 'USD',
        dueMinor: 1234,
        overdueSince: '2027-02-01T06:00:00.000Z',
        invoices: [
          { invoiceId: expect.any(String), month: '2027-01', dueMinor: 1234, overdueSince: '2027-02-01T06:00:00.000Z' },
        ],
        reminded: { on: '2027-02-04', afterDays: 3 },
        suspendsOn: '2027-03-03',
        suspendedAt: null,
        restoredAt: null,
        exemption: null,
        postponement: null,
      },
    ],
  })
  expect((await api.ask(root, 'GET', `/accounts/${accountNumber(2)}/standing`)).status).toBe(404)
  expect((await api.ask(await api.samToken(accountId), 'GET', `/accounts/${accountId}/standing`)).body.code).toBe(
    'root_only',
  )
})

test('B16 staff exempt, end it and postpone; the payer sees until when, and not who or why', async () => {
  const { engine, api } = await overdue()
  const billing = await api.staffToken('billing')
  const root = await api.rootToken(accountId)
  expect((await api.ask(billing, 'DELETE', `${arranging}/exemption`)).body.code).toBe('not_exempt')
  const past = { until: '2027-02-03', note: null }
  expect((await api.ask(billing, 'PUT', `${arranging}/exemption`, past)).body.code).toBe('day_in_the_past')
  expect((await api.ask(billing, 'PUT', `${arranging}/exemption`, {})).status).toBe(400)
  expect((await api.ask(billing, 'PUT', `${arranging}/exemption`, { until: '2027-02-31' })).status).toBe(400)
  // Days are added to it: a date at the end of the calendar would leave it, and stop every sweep.
  expect((await api.ask(billing, 'PUT', `${arranging}/exemption`, { until: '9999-12-31' })).status).toBe(400)
  const exempted = await api.ask(billing, 'PUT', `${arranging}/exemption`, { until: null, note: 'agreed by phone' })
  expect(exempted.body).toMatchObject({
    status: 'overdue',
    suspendsOn: null,
    reminded: null,
    exemption: { until: null, by: expect.stringContaining('billing'), note: 'agreed by phone' },
  })
  const seen = await api.ask(root, 'GET', `/accounts/${accountId}/standing`)
  expect(seen.body).toMatchObject({ standings: [{ exemption: { until: null, by: null, note: null } }] })
  expect(seen.text).not.toContain('agreed')
  await at(engine, '2027-03-05T12:00:00Z')
  const ended = await api.ask(billing, 'DELETE', `${arranging}/exemption`)
  expect(ended.body).toMatchObject({ reminded: { on: '2027-03-05', afterDays: 14 }, suspendsOn: '2027-03-12' })
  const postponed = await api.ask(billing, 'PUT', `${arranging}/postponement`, { until: '2027-04-01', note: null })
  expect(postponed.body).toMatchObject({ suspendsOn: '2027-04-01', postponement: { until: '2027-04-01' } })
  expect(
    (await api.ask(await api.staffToken('support'), 'PUT', `${arranging}/postponement`, { until: '2027-05-01' }))
      .status,
  ).toBe(403)
  const elsewhere = `/accounts/${accountId}/coverages/jp/standing/postponement`
  expect((await api.ask(billing, 'PUT', elsewhere, { until: '2027-05-01' })).body.code).toBe('account_unknown')
})

test('B16 a platform polls: every change once, 304 where nothing changed', async () => {
  const { engine, api } = await overdue()
  const key = await api.keyToken(['standing:read'])
  const first = await api.ask(key, 'GET', '/standings?limit=1')
  expect(first.body).toMatchObject({ items: [{ coverage: 'g', status: 'overdue' }], more: true })
  const second = await api.ask(key, 'GET', `/standings?limit=10&since=${first.body.next}`)
  expect(second.body).toMatchObject({ items: [{ status: 'overdue' }], more: false })
  const address = `/standings?since=${second.body.next}`
  const third = await api.ask(key, 'GET', address)
  expect(third.body).toEqual({ items: [], next: second.body.next, more: false })
  const etag = String(third.headers.etag)
  expect((await api.ask(key, 'GET', address, undefined, { 'if-none-match': etag })).status).toBe(304)
  await at(engine, ...untilSuspended)
  const suspended = await api.ask(key, 'GET', address, undefined, { 'if-none-match': etag })
  expect(suspended.body.items).toMatchObject([
    { status: 'suspended', suspendedAt: '2027-03-03T12:00:00.000Z' },
    { status: 'suspended' },
  ])
  declineNothing(engine)
  await at(engine, '2027-03-10T12:00:00Z')
  const restored = await api.ask(key, 'GET', `/standings?since=${suspended.body.next}`)
  expect(restored.body.items).toMatchObject([{ status: 'good', suspendedAt: null }, { status: 'good' }])
  for (const since of ['x', '', '-1', '.'.repeat(64), `${'.'.repeat(62)}.ü`]) {
    expect((await api.ask(key, 'GET', `/standings?since=${encodeURIComponent(since)}`)).status).toBe(400)
  }
  expect((await api.ask(await api.keyToken(['fees:write']), 'GET', '/standings')).status).toBe(403)
})

test('B16 staff see what would happen', async () => {
  const { api } = await overdue()
  const support = await api.staffToken('support')
  const preview = await api.ask(support, 'POST', '/standings/preview', { until: '2027-03-03', accountIds: [accountId] })
  const one = { accountId, coverage: 'g', currency: 'USD', dueMinor: 1234 }
  expect(preview.body).toEqual({
    items: [
      { on: '2027-02-08', what: 'reminder', afterDays: 7, ...one },
      { on: '2027-02-15', what: 'reminder', afterDays: 14, ...one },
      { on: '2027-03-03', what: 'suspension', afterDays: null, ...one },
    ],
    overdue: 1,
    truncated: false,
  })
  const all = await api.ask(support, 'POST', '/standings/preview', { until: '2027-03-02' })
  expect(all.body).toMatchObject({ overdue: 2, truncated: false })
  expect(all.body.items).toHaveLength(4)
  const tooMany = Array.from({ length: 1001 }, (_, index) => accountNumber(index))
  expect(
    (await api.ask(support, 'POST', '/standings/preview', { until: '2027-03-02', accountIds: tooMany })).status,
  ).toBe(400)
})
