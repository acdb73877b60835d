/** Payouts and the clearing account over HTTP. */
import { expect, test } from 'vitest'
import { apiOn } from '../support/api.ts'
import { testDatabase } from '../support/database.ts'
import { freshEngine, owing } from '../support/scenes.ts'

const database = testDatabase()

const itemsOf = ({ items }: { readonly items?: unknown }) => items as Record<string, unknown>[] // as the answer's schema has it

/** Two payments of 12.34 USD on 1 February; on the 3rd they are paid out. */
async function paidOut() {
  const engine = await freshEngine(database)
  await owing(engine, 2)
  await engine.idle()
  const api = await apiOn(engine)
  const support = await api.staffToken('support')
  const ask = (path: string) => api.ask(support, 'GET', path)
  return { engine, api, ask }
}

test('staff see what reached the bank, what it is made of, and that the books agree, to the cent', async () => {
  const { engine, api, ask } = await paidOut()
  expect((await ask('/coverages/g/clearing')).body).toMatchObject({ agrees: true, unsettled: 2, unsettledMinor: 2468 })
  engine.setNow('2027-02-04T06:00:00Z')
  await engine.idle()
  const { body: page } = await ask('/payouts?coverage=g')
  expect(page).toMatchObject({
    items: [
      {
        status: 'paid',
        statusText: 'paid out',
        currency: 'USD',
        amountMinor: 2336,
        arrivesAt: '2027-02-04T00:00:00.000Z',
        entries: 2,
        capturedMinor: 2468,
        feesMinor: 132,
        refundedMinor: 0,
      },
    ],
    next: null,
  })
  const [payout] = itemsOf(page)
  const payoutId = String(payout?.payoutId)
  const path = `/coverages/g/payouts/${payoutId}`
  expect((await ask(path)).body).toEqual(payout)
  const first = await ask(`${path}/entries?limit=1`)
  const second = await ask(`${path}/entries?limit=1&cursor=${first.body.next}`)
  const entries = [first.body, second.body].flatMap(itemsOf)
  const one = { kind: 'capture', verdict: 'ours', amountMinor: 1234, feeMinor: 66, netMinor: 1168 }
  expect(entries).toMatchObject([one, one])
  expect(new Set(entries.map(({ accountId }) => accountId)).size).toBe(2)
  expect(second.body.next).toBeNull()
  const csv = await ask(`${path}/entries.csv`)
  expect(csv.headers['content-disposition']).toContain(`${payoutId}.csv`)
  expect(csv.text.split('\r\n')[1]).toMatch(/^txn_\w+,capture,ours,USD,12\.34,0\.66,11\.68,OP000000000[12],/)
  const clearing = await ask('/coverages/g/clearing')
  expect(clearing.body).toMatchObject({ agrees: true, clearingMinor: 0, balanceMinor: 0, unsettled: 0, open: 0 })
  const japanese = await api.ask(await api.staffToken('billing'), 'GET', '/coverages/g/clearing', undefined, {
    'accept-language': 'ja',
  })
  expect(japanese.body.text).toContain('一致')
})

test('another coverage’s payout, one that never was, and a coverage that is not there', async () => {
  const { ask } = await paidOut()
  for (const path of [
    '/coverages/g/payouts/po_none',
    '/coverages/g/payouts/po_none/entries',
    '/coverages/xx/clearing',
  ]) {
    expect(await ask(path)).toMatchObject({ status: 404, body: { code: 'not_found' } })
  }
  expect((await ask('/payouts?coverage=jp')).body).toEqual({ items: [], next: null })
})
