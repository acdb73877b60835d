/**
 * A card gateway that nobody can call while a transaction is open: a lock that waits for somebody else's computer
 * stops everybody (design section 4.4). Such a call is a bug of ours and throws before anything is sent.
 */
import type { CardGateway } from '../ports/card-gateway.ts'

/** Every method that calls rejects with an Error while `inTransaction()`, and hands the call on otherwise. */
export function outsideTransactions(gateway: CardGateway, inTransaction: () => boolean): CardGateway {
  const refuse = (method: keyof CardGateway) => {
    if (inTransaction()) throw new Error(`the card gateway's ${method} was called inside a transaction`)
  }
  return {
    apiVersion: gateway.apiVersion,
    async createCustomer(request) {
      refuse('createCustomer')
      return gateway.createCustomer(request)
    },
    async beginRegistration(request) {
      refuse('beginRegistration')
      return gateway.beginRegistration(request)
    },
    async hold(request) {
      refuse('hold')
      return gateway.hold(request)
    },
    async capture(request) {
      refuse('capture')
      return gateway.capture(request)
    },
    async release(request) {
      refuse('release')
      return gateway.release(request)
    },
    async lookUp(request) {
      refuse('lookUp')
      return gateway.lookUp(request)
    },
    async refund(request) {
      refuse('refund')
      return gateway.refund(request)
    },
    async lookUpRefunds(request) {
      refuse('lookUpRefunds')
      return gateway.lookUpRefunds(request)
    },
    async lookUpDispute(request) {
      refuse('lookUpDispute')
      return gateway.lookUpDispute(request)
    },
    async lookUpCard(request) {
      refuse('lookUpCard')
      return gateway.lookUpCard(request)
    },
    async listBalance(request) {
      refuse('listBalance')
      return gateway.listBalance(request)
    },
    async listPayouts(request) {
      refuse('listPayouts')
      return gateway.listPayouts(request)
    },
    // It makes no call: verifying and reading what was delivered is arithmetic.
    readEvent: (request) => gateway.readEvent(request),
    async listPayments(page) {
      refuse('listPayments')
      return gateway.listPayments(page)
    },
    async listRefunds(page) {
      refuse('listRefunds')
      return gateway.listRefunds(page)
    },
    async listDisputes(page) {
      refuse('listDisputes')
      return gateway.listDisputes(page)
    },
  }
}
