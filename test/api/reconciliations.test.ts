/** Reconciliations and what they queue, over HTTP. */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { parseDay } from '../../src/domain/calendar.ts'
import { beginReconciliation } from '../../src/operations/reconcile/reconcile.ts'
import { apiOn } from '../support/api.ts'
import { testDatabase } from '../support/database.ts'
import { freshEngine, owing } from '../support/scenes.ts'

const database = testDatabase()
const day = parseDay('2027-02-01') ?? expect.fail('a day')

test('staff see what was compared, what differed, and the evidence of what is theirs to decide', async () => {
  const engine = await freshEngine(database)
  await owing(engine, 2)
  await engine.idle()
  await sql`update charges set captured_minor = 1000 where account_id = 'OP0000000001' and status = 'captured'`.execute(
    engine.system.db,
  )
  const [payment] = [...engine.simulator.payments(engine.now())].filter(({ capturedMinor }) => capturedMinor > 0n)
  engine.simulator.byHand(
    'g',
    { name: 'create_refund', paymentId: payment?.id ?? '', amountMinor: null, metadata: {} },
    engine.now(),
  )
  for (let times = 0; times < 2; times++) {
    await beginReconciliation(engine.system, { coverage: 'g', fromOn: day, toOn: day }, engine.now())
    await engine.idle()
  }
  const api = await apiOn(engine)
  const support = await api.staffToken('support')
  const ask = (path: string) => api.ask(support, 'GET', path)

  const { body: page } = await ask('/reconciliations?coverage=g&limit=1')
  expect(page).toMatchObject({
    items: [
      { coverage: 'g', fromOn: '2027-02-01', toOn: '2027-02-01', reason: 'asked', stage: 'done', paymentsRead: 2 },
    ],
    next: expect.any(String),
  })
  const { body: first } = await ask(`/reconciliations?coverage=g&limit=1&cursor=${String(page.next)}`)
  const [begun] = first.items as { reconciliationId: string; differences: unknown }[] // as the answer's schema has it
  expect(first.next).toBeNull()
  expect(begun?.differences).toContainEqual({ kind: 'amount_differs', outcome: 'queued', times: 1 })
  const found = `/reconciliations/${begun?.reconciliationId}/differences`
  const japanese = { 'accept-language': 'ja' }
  const { body: differences } = await api.ask(support, 'GET', `${found}?limit=1`, undefined, japanese)
  expect(differences).toMatchObject({
    items: [
      {
        kind: 'amount_differs',
        text: '決済の金額が双方で一致しません。',
        accountId: 'OP0000000001',
        evidence: { gateway: { capturedMinor: '1234' }, books: { capturedMinor: '1000' } },
      },
    ],
  })
  const { body: queue } = await ask('/staff-queue?kind=books_differ')
  expect(queue).toMatchObject({
    items: [
      {
        kind: 'books_differ',
        accountId: 'OP0000000001',
        evidence: { difference: 'amount_differs', gateway: { capturedMinor: '1234' } },
        acts: ['readCharge', 'listReconciliations', 'closeStaffQueueEntry'],
      },
    ],
    next: null,
  })
  expect(await ask('/reconciliations/0198b1e0-7a3c-7c11-8a2f-3b9d0e5f6a71/differences')).toMatchObject({ status: 404 })
})
