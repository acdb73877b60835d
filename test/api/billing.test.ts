/** Lists, downloads, the platform's side and the staff's acts, over HTTP with real sign-ins. */
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { apiOn } from '../support/api.ts'
import { testDatabase } from '../support/database.ts'
import { accountWithCard, addFees } from '../support/engine.ts'
import { closing, declineAll, freshEngine, idleOf, invoicesOf, outstanding, owing } from '../support/scenes.ts'

const database = testDatabase()

test('an account is put, put again, given another e-mail and another coverage; its kind stays', async () => {
  const engine = await freshEngine(database)
  const api = await apiOn(engine)
  const key = await api.keyToken(['accounts:write', 'accounts:read'])
  const put = (body: object) => api.ask(key, 'PUT', '/accounts/OP0000000007', body)
  const first = { kind: 'business', email: 'one@example.com', coverages: ['g'] }
  expect(await put(first)).toMatchObject({ status: 200, body: { email: 'one@example.com', coverages: ['g'] } })
  expect(await put(first)).toMatchObject({ status: 200 })
  expect(await put({ ...first, email: 'two@example.com', coverages: ['jp'] })).toMatchObject({
    status: 200,
    body: { email: 'two@example.com', coverages: ['g', 'jp'] },
  })
  expect(await put({ ...first, kind: 'individual' })).toMatchObject({
    status: 409,
    body: { code: 'account_kind_fixed' },
  })
  expect(await put({ ...first, coverages: ['xx'] })).toMatchObject({ status: 404, body: { code: 'coverage_unknown' } })
  expect(await put({ ...first, extra: 1 })).toMatchObject({
    status: 400,
    body: { code: 'invalid_request', errors: [{ field: 'body.extra', message: 'no such field' }] },
  })
  expect(await api.ask(key, 'PUT', '/accounts/OP0000000008', { ...first, email: 'TWO@example.com' })).toMatchObject({
    status: 409,
    body: { code: 'email_taken' },
  })
})

test('a closed account owes what it owes, is never charged by itself, and stays closed', async () => {
  const engine = await freshEngine(database)
  const [accountId = ''] = await outstanding(engine)
  const api = await apiOn(engine)
  const key = await api.keyToken(['accounts:write'])
  expect(await api.ask(key, 'POST', `/accounts/${accountId}/close`)).toMatchObject({ status: 200, body: { accountId } })
  engine.setNow('2027-02-02T10:00:00Z')
  await engine.idle()
  expect(await invoicesOf(engine)).toEqual(['2027-01 outstanding 1234 card_declined'])
  const body = { kind: 'individual', email: 'x@example.com', coverages: ['g'] }
  expect(await api.ask(key, 'PUT', `/accounts/${accountId}`, body)).toMatchObject({ body: { code: 'account_closed' } })
})

test('gzip that breaks off or is none after its beginning is told as the file’s fault; what came before is in', async () => {
  const engine = await freshEngine(database)
  await accountWithCard(engine, 'OP0000000001')
  const api = await apiOn(engine)
  const headers = { authorization: `Bearer ${await api.keyToken(['fees:write'])}`, 'content-type': 'application/gzip' }
  const address = await api.app.listen({ host: '127.0.0.1', port: 0 })
  const fee = {
    accountId: 'OP0000000001',
    externalId: 'a',
    coverage: 'g',
    date: '2027-01-05',
    item: 'data',
    amount: '1',
  }
  const whole = gzipSync(`${JSON.stringify(fee)}\n`)
  const spoilt = Buffer.from(whole)
  spoilt.fill(0xff, 12, 40)
  for (const body of [whole.subarray(0, -8), spoilt, Buffer.concat([spoilt, Buffer.alloc(1_000_000)])]) {
    const answer = await fetch(`${address}/api/fees`, { method: 'POST', headers, body })
    expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'fees_unreadable' }])
  }
  const answer = await fetch(`${address}/api/fees`, { method: 'POST', headers, body: whole })
  expect([answer.status, await answer.json()]).toMatchObject([200, { known: 1 }])
})

test('fees are streamed in, gzip or not, and told line by line; the same file again changes nothing', async () => {
  const engine = await freshEngine(database)
  await accountWithCard(engine, 'OP0000000001')
  const api = await apiOn(engine)
  const key = await api.keyToken(['fees:write'])
  const fee = (externalId: string, amount: string) =>
    JSON.stringify({ accountId: 'OP0000000001', externalId, coverage: 'g', date: '2027-01-05', item: 'data', amount })
  const lines = [fee('a', '1.5'), fee('b', 'much'), fee('c', '0.000000000001')].join('\n')
  const send = (payload: string | Buffer, type: string) =>
    api.app.inject({
      method: 'POST',
      url: '/api/fees',
      headers: { authorization: `Bearer ${key}`, 'content-type': type },
      payload,
    })
  const first = await send(lines, 'application/x-ndjson')
  expect(first.json()).toMatchObject({
    read: 3,
    imported: 2,
    known: 0,
    refused: 1,
    refusedLines: [{ line: 2, field: 'amount' }],
  })
  const again = await send(gzipSync(lines), 'application/gzip')
  expect(again.json()).toMatchObject({ read: 3, imported: 0, known: 2, refused: 1 })
  const wrong = await send('{}', 'application/json')
  expect(wrong.statusCode).toBe(415)
})

test('a month whose fees are complete closes when a worker gets to it, and never before it is over', async () => {
  const engine = await freshEngine(database)
  const [accountId = ''] = await owing(engine)
  const api = await apiOn(engine)
  const key = await api.keyToken(['fees:write'])
  engine.setNow('2027-01-31T23:59:00Z')
  const complete = () => api.ask(key, 'POST', '/coverages/g/months/2027-01/fees-complete')
  expect(await complete()).toMatchObject({ status: 409, body: { code: 'month_not_over' } })
  engine.setNow('2027-02-01T00:01:00Z')
  expect(await complete()).toMatchObject({ status: 202, body: { status: 'open' } })
  await engine.idle()
  expect(await api.ask(key, 'GET', '/coverages/g/months/2027-01')).toMatchObject({ body: { status: 'finished' } })
  const invoices = await api.ask(await api.rootToken(accountId), 'GET', `/accounts/${accountId}/invoices`)
  expect(invoices.body).toMatchObject({ items: [{ month: '2027-01', status: 'paid', paidMinor: 1234 }], next: null })
})

test('invoices come page by page, each once, and a cursor that no page answered is refused', async () => {
  const engine = await freshEngine(database)
  const [accountId = ''] = await owing(engine)
  await engine.idle()
  for (const month of ['2027-02', '2027-03']) {
    await addFees(engine, [{ accountId, month, amount: '5' }])
    engine.setNow(month === '2027-02' ? '2027-03-01T06:00:00Z' : '2027-04-01T06:00:00Z')
    await engine.idle()
  }
  const api = await apiOn(engine)
  const root = await api.rootToken(accountId)
  const seen: unknown[] = []
  let next: unknown = ''
  while (next !== null) {
    const page = await api.ask(root, 'GET', `/accounts/${accountId}/invoices?limit=1${next ? `&cursor=${next}` : ''}`)
    const items = page.body.items as { month: string }[] // as the schema of the answer has it
    seen.push(...items.map((item) => item.month))
    next = page.body.next
  }
  expect(seen).toEqual(['2027-03', '2027-02', '2027-01'])
  expect(await api.ask(root, 'GET', `/accounts/${accountId}/invoices?cursor=abc`)).toMatchObject({
    status: 400,
    body: { errors: [{ field: 'query.cursor' }] },
  })
})

test('F58 a download holds every line, and none that a spreadsheet would run', async () => {
  const engine = await freshEngine(database)
  await accountWithCard(engine, 'OP0000000001')
  const api = await apiOn(engine)
  const key = await api.keyToken(['fees:write'])
  const fee = (externalId: string, item: string, amount: string) =>
    JSON.stringify({ accountId: 'OP0000000001', externalId, coverage: 'g', date: '2027-01-05', item, amount })
  const payload = [fee('a', '=HYPERLINK("http://evil")', '7'), fee('b', 'discount', '-2')].join('\n')
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' }
  await api.app.inject({ method: 'POST', url: '/api/fees', headers, payload })
  engine.setNow(closing)
  await engine.idle()
  const root = await api.rootToken('OP0000000001')
  const list = await api.ask(root, 'GET', '/accounts/OP0000000001/invoices')
  const [invoice] = list.body.items as { invoiceId: string }[] // as the schema of the answer has it
  const csv = await api.ask(root, 'GET', `/accounts/OP0000000001/invoices/${invoice?.invoiceId}/fees.csv`)
  expect(csv.headers['content-disposition']).toContain('OP0000000001-g-2027-01.csv')
  expect(csv.text).toContain(`"'=HYPERLINK(""http://evil"")"`)
  expect(csv.text).toMatch(/,-2(\.0+)?,/)
  const all = await api.ask(root, 'GET', '/accounts/OP0000000001/invoices.csv')
  expect(all.text.split('\r\n')[1]).toContain(',paid,USD,5.00,')
})

test('an invoice tells what was tried for it; staff see the issuer’s code, the payer does not', async () => {
  const engine = await freshEngine(database)
  const [accountId = ''] = await outstanding(engine, 1, 'lost_card')
  engine.setNow('2027-02-02T10:00:00Z')
  await engine.idle()
  const api = await apiOn(engine)
  const root = await api.rootToken(accountId)
  const list = await api.ask(root, 'GET', `/accounts/${accountId}/invoices`)
  const [invoice] = list.body.items as { invoiceId: string }[] // as the schema of the answer has it
  const path = `/accounts/${accountId}/invoices/${invoice?.invoiceId}`
  const seen = await api.ask(root, 'GET', path)
  expect(seen.body).toMatchObject({
    failureCode: 'card_declined',
    charges: [{ trigger: 'run', status: 'declined', failure: { code: 'card_declined', issuerCode: null } }],
    skippedDays: [{ day: '2027-02-02', reason: 'code_forbids_retry' }],
  })
  expect(seen.text).not.toContain('lost')
  const staff = await api.ask(await api.staffToken('support'), 'GET', path)
  expect(staff.body).toMatchObject({ charges: [{ failure: { issuerCode: 'lost_card' } }] })
})

test('F37 staff try an invoice again although it failed before; a code that forbids it says so', async () => {
  const engine = await freshEngine(database)
  const [accountId = ''] = await outstanding(engine)
  const api = await apiOn(engine)
  const staff = await api.staffToken('support')
  const list = await api.ask(staff, 'GET', `/accounts/${accountId}/invoices`)
  const [invoice] = list.body.items as { invoiceId: string }[] // as the schema of the answer has it
  const retry = () => api.ask(staff, 'POST', `/accounts/${accountId}/invoices/${invoice?.invoiceId}/retry`)
  declineAll(engine, 'lost_card')
  expect(await retry()).toMatchObject({ status: 202, body: { dueMinor: 1234 } })
  await idleOf(engine.system, engine.now())
  expect(await retry()).toMatchObject({ status: 409, body: { code: 'code_forbids_retry' } })
})

test('B12 a trial is granted by staff, and only to an account without a method', async () => {
  const engine = await freshEngine(database)
  const api = await apiOn(engine)
  const key = await api.keyToken(['accounts:write'])
  await api.ask(key, 'PUT', '/accounts/OP0000000009', { kind: 'individual', email: 't@example.com', coverages: ['g'] })
  await accountWithCard(engine, 'OP0000000001')
  const staff = await api.staffToken('billing')
  const grant = (accountId: string, endsOn: string) =>
    api.ask(staff, 'PUT', `/accounts/${accountId}/coverages/g/trial`, { endsOn })
  expect(await grant('OP0000000009', '2027-03-31')).toMatchObject({ status: 204 })
  expect(await grant('OP0000000009', '2027-01-01')).toMatchObject({ body: { code: 'trial_ends_in_the_past' } })
  expect(await grant('OP0000000001', '2027-03-31')).toMatchObject({ body: { code: 'trial_has_a_method' } })
  expect(await grant('OP0000000009', '2027-02-31')).toMatchObject({ status: 400 })
})

test('the same request under one Idempotency-Key is done once; another body under it is refused', async () => {
  const engine = await freshEngine(database)
  const [accountId = ''] = await outstanding(engine)
  const api = await apiOn(engine)
  const staff = await api.staffToken('support')
  const list = await api.ask(staff, 'GET', `/accounts/${accountId}/invoices`)
  const [invoice] = list.body.items as { invoiceId: string }[] // as the schema of the answer has it
  const path = `/accounts/${accountId}/invoices/${invoice?.invoiceId}/retry`
  const key = { 'idempotency-key': 'once' }
  const answers = await Promise.all([1, 2, 3].map(() => api.ask(staff, 'POST', path, undefined, key)))
  expect(answers.filter(({ status }) => status === 202).length).toBeGreaterThanOrEqual(1)
  for (const { status, body } of answers) if (status !== 202) expect(body.code).toBe('request_in_progress')
  await idleOf(engine.system, engine.now())
  const again = await api.ask(staff, 'POST', path, undefined, key)
  expect(again).toMatchObject({ status: 202, headers: { 'idempotency-replayed': 'true' } })
  const other = await api.ask(staff, 'POST', `/accounts/${accountId}/close`, undefined, key)
  expect(other.status).toBe(403)
  const elsewhere = await api.ask(staff, 'POST', path.replace(/.{4}\/retry/, '0000/retry'), undefined, key)
  expect(elsewhere.body.code).toBe('idempotency_key_reused')
})
