import { expect, test } from 'vitest'
import { instant } from '../domain/calendar.ts'
import type { CardGateway } from '../ports/card-gateway.ts'
import { outsideTransactions } from './outside-transactions.ts'

const charge = { chargeId: 'c', accountId: 'OP1', coverage: 'g', customerId: 'cus', apiVersion: 'v' }
const money = { amountMinor: 100n, currency: 'USD' }
const period = { from: instant(0), to: instant(1), cursor: null }

/** Each method called as it is meant to be. */
const calls: Readonly<
  Record<Exclude<keyof CardGateway, 'apiVersion' | 'readEvent'>, (gateway: CardGateway) => Promise<unknown>>
> = {
  createCustomer: (gateway) => gateway.createCustomer(charge),
  beginRegistration: (gateway) => gateway.beginRegistration({ ...charge, ...money }),
  hold: (gateway) =>
    gateway.hold({ ...charge, ...money, subjectId: 'i', trigger: 'run', paymentMethodId: 'pm', offSession: true }),
  capture: (gateway) => gateway.capture({ ...charge, ...money, paymentId: 'pi' }),
  release: (gateway) => gateway.release({ ...charge, paymentId: 'pi' }),
  lookUp: (gateway) => gateway.lookUp({ ...charge, paymentId: 'pi', since: instant(0) }),
  refund: (gateway) => gateway.refund({ ...charge, ...money, refundId: 'r', paymentId: 'pi' }),
  lookUpRefunds: (gateway) => gateway.lookUpRefunds({ paymentId: 'pi' }),
  lookUpDispute: (gateway) => gateway.lookUpDispute({ disputeId: 'dp' }),
  lookUpCard: (gateway) => gateway.lookUpCard({ customerId: 'cus', paymentMethodId: 'pm' }),
  listBalance: (gateway) => gateway.listBalance({ of: { payoutId: 'po' }, currency: 'USD', cursor: null }),
  listPayouts: (gateway) => gateway.listPayouts(period),
  listPayments: (gateway) => gateway.listPayments(period),
  listRefunds: (gateway) => gateway.listRefunds(period),
  listDisputes: (gateway) => gateway.listDisputes(period),
}

/** A gateway that writes down what reaches it. */
function recordingGateway() {
  const reached: string[] = []
  const done = (method: string) => async () => {
    reached.push(method)
    return { outcome: 'unknown', reason: 'only recorded' } as const
  }
  const gateway: CardGateway = {
    apiVersion: 'v',
    createCustomer: done('createCustomer'),
    beginRegistration: done('beginRegistration'),
    hold: done('hold'),
    capture: done('capture'),
    release: done('release'),
    lookUp: done('lookUp'),
    refund: done('refund'),
    lookUpRefunds: done('lookUpRefunds'),
    lookUpDispute: done('lookUpDispute'),
    lookUpCard: done('lookUpCard'),
    readEvent: () => unsigned,
    listBalance: done('listBalance'),
    listPayouts: done('listPayouts'),
    listPayments: done('listPayments'),
    listRefunds: done('listRefunds'),
    listDisputes: done('listDisputes'),
  }
  return { gateway, reached }
}

const unsigned = { read: false, reason: 'unsigned' } as const

test.each(Object.entries(calls))('%s throws inside a transaction and reaches nobody', async (method, call) => {
  const { gateway, reached } = recordingGateway()
  let inside = true
  const guarded = outsideTransactions(gateway, () => inside)
  await expect(call(guarded)).rejects.toThrow(`${method} was called inside a transaction`)
  expect(reached).toEqual([])
  inside = false
  expect(await call(guarded)).toEqual(await call(gateway))
  expect(reached).toEqual([method, method])
})

test('an event is read inside a transaction too: that calls nobody', () => {
  const { gateway } = recordingGateway()
  const guarded = outsideTransactions(gateway, () => true)
  expect(guarded.readEvent({ body: '', signature: null, wallNow: 0 })).toBe(unsigned)
})
