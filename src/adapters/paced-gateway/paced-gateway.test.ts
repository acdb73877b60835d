import { expect, test } from 'vitest'
import { instant } from '../../domain/calendar.ts'
import type { Draw, Endpoint, Places, Trouble } from '../../domain/pace.ts'
import type { CardGateway, HoldOutcome } from '../../ports/card-gateway.ts'
import { pacedGateway } from './paced-gateway.ts'

const charge = { chargeId: 'c', accountId: 'OP1', coverage: 'g', customerId: 'cus', apiVersion: 'v' }
const money = { amountMinor: 100n, currency: 'USD' }
const holdRequest = { ...charge, ...money, subjectId: 'i', trigger: 'run', paymentMethodId: 'pm', offSession: true }
const approved: HoldOutcome = { outcome: 'approved', paymentId: 'pi', expiresAt: null }

const period = { from: instant(0), to: instant(1), cursor: null }

/** A gateway whose holds answer as told, behind a pace that writes down what it is asked. */
function paced(answer: HoldOutcome = approved, longestWaitMs = 120_000, places = Number.POSITIVE_INFINITY) {
  const log: string[] = []
  const heard: [Endpoint, Trouble][] = []
  const silent = async () => ({ outcome: 'unknown', reason: 'not of interest' }) as const
  const inner: CardGateway = {
    apiVersion: 'v',
    createCustomer: silent,
    beginRegistration: silent,
    async hold() {
      log.push('call hold')
      return answer
    },
    capture: silent,
    release: silent,
    lookUp: silent,
    refund: silent,
    lookUpRefunds: silent,
    lookUpDispute: silent,
    lookUpCard: silent,
    readEvent: () => ({ read: false, reason: 'unsigned' }),
    listBalance: silent,
    listPayouts: silent,
    listPayments: silent,
    listRefunds: silent,
    listDisputes: silent,
  }
  const gateway = pacedGateway(
    inner,
    {
      async draw(endpoint: Endpoint, { want, people }: Draw): Promise<Places> {
        log.push(`draw ${endpoint} ${want}${people > 0 ? ' person' : ''}`)
        return { count: Math.min(want, places), startsInMs: 0, spacingMs: 0, againInMs: 10 }
      },
      async slowDown(endpoint, trouble) {
        heard.push([endpoint, trouble])
      },
    },
    { longestWaitMs },
  )
  return { gateway, log, heard }
}

test.each([
  ['customer 1 person', (gateway: CardGateway) => gateway.createCustomer(charge)],
  ['hold 1 person', (gateway: CardGateway) => gateway.beginRegistration({ ...charge, ...money })],
  ['hold 1', (gateway: CardGateway) => gateway.hold(holdRequest)],
  ['hold 1 person', (gateway: CardGateway) => gateway.hold({ ...holdRequest, offSession: false })],
  ['capture 1', (gateway: CardGateway) => gateway.capture({ ...charge, ...money, paymentId: 'pi' })],
  ['release 1', (gateway: CardGateway) => gateway.release({ ...charge, paymentId: 'pi' })],
  ['look_up 1', (gateway: CardGateway) => gateway.lookUp({ ...charge, paymentId: 'pi', since: instant(0) })],
  ['list 1', (gateway: CardGateway) => gateway.lookUp({ ...charge, paymentId: null, since: instant(0) })],
  ['refund 1', (gateway: CardGateway) => gateway.refund({ ...charge, ...money, refundId: 'r', paymentId: 'pi' })],
  ['refund 1', (gateway: CardGateway) => gateway.lookUpRefunds({ paymentId: 'pi' })],
  ['dispute 1', (gateway: CardGateway) => gateway.lookUpDispute({ disputeId: 'dp' })],
  ['list 1', (gateway: CardGateway) => gateway.listPayments(period)],
  ['list 1', (gateway: CardGateway) => gateway.listRefunds(period)],
  ['list 1', (gateway: CardGateway) => gateway.listDisputes(period)],
  ['card 1', (gateway: CardGateway) => gateway.lookUpCard({ customerId: 'cus', paymentMethodId: 'pm' })],
] as const)('draws %s', async (drawn, call) => {
  const { gateway, log } = paced()
  await call(gateway)
  expect(log[0]).toBe(`draw ${drawn}`)
})

test('a call is made once it has its place, and its answer handed on', async () => {
  const { gateway, log } = paced()
  expect(await gateway.hold(holdRequest)).toBe(approved)
  expect(log).toEqual(['draw hold 1', 'call hold'])
})

test('an event that was delivered is read without a place', () => {
  const { gateway, log } = paced()
  expect(gateway.readEvent({ body: '', signature: null, wallNow: 0 })).toEqual({ read: false, reason: 'unsigned' })
  expect(log).toEqual([])
})

test('a call without a place in time is not made, and says so', async () => {
  const { gateway, log } = paced(approved, 30, 0)
  expect(await gateway.hold(holdRequest)).toMatchObject({ outcome: 'not_executed' })
  expect(log).not.toContain('call hold')
})

test.each<[string, HoldOutcome, Trouble | null]>([
  ['approved', approved, null],
  ['unknown', { outcome: 'unknown', reason: '500' }, null],
  ['refused', { outcome: 'refused', reason: '401' }, null],
  [
    'turned away',
    { outcome: 'not_executed', reason: '429', retryAfterMs: null },
    { kind: 'turned_away', retryAfterMs: null },
  ],
  [
    'turned away for two seconds',
    { outcome: 'not_executed', reason: '429', retryAfterMs: 2_000 },
    { kind: 'turned_away', retryAfterMs: 2_000 },
  ],
])('%s: what the others hear', async (_, answer, trouble) => {
  const { gateway, heard } = paced(answer)
  await gateway.hold(holdRequest)
  expect(heard).toEqual(trouble ? [['hold', trouble]] : [])
})
