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
    // It makes no call: verifying and reading what was delivered is arithmetic.
    readEvent: (request) => gateway.readEvent(request),
    listPeriod: (request) => ({
      [Symbol.asyncIterator]() {
        refuse('listPeriod')
        const pages = gateway.listPeriod(request)[Symbol.asyncIterator]()
        return {
          // Asked each time: a listing begun outside would go on inside, a page at a time.
          async next() {
            refuse('listPeriod')
            return pages.next()
          },
          async return() {
            return (await pages.return?.()) ?? { done: true, value: undefined }
          },
        }
      },
    }),
  }
}
