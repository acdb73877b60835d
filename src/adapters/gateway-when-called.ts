/**
 * A card gateway whose code is loaded with its first call. An SDK is large: a command or a server that asks the gateway
 * nothing, or nothing yet, starts without it.
 */
import type { CardGateway } from '../ports/card-gateway.ts'

export function gatewayWhenCalled(apiVersion: string, load: () => Promise<CardGateway>): CardGateway {
  let loaded: Promise<CardGateway> | null = null
  const gateway = (): Promise<CardGateway> => {
    loaded ??= load()
    return loaded
  }
  return {
    apiVersion,
    createCustomer: async (request) => (await gateway()).createCustomer(request),
    beginRegistration: async (request) => (await gateway()).beginRegistration(request),
    hold: async (request) => (await gateway()).hold(request),
    capture: async (request) => (await gateway()).capture(request),
    release: async (request) => (await gateway()).release(request),
    lookUp: async (request) => (await gateway()).lookUp(request),
    refund: async (request) => (await gateway()).refund(request),
    lookUpRefunds: async (request) => (await gateway()).lookUpRefunds(request),
    lookUpDispute: async (request) => (await gateway()).lookUpDispute(request),
    lookUpCard: async (request) => (await gateway()).lookUpCard(request),
    listBalance: async (request) => (await gateway()).listBalance(request),
    listPayouts: async (request) => (await gateway()).listPayouts(request),
    readEvent: async (request) => (await gateway()).readEvent(request),
    listPayments: async (page) => (await gateway()).listPayments(page),
    listRefunds: async (page) => (await gateway()).listRefunds(page),
    listDisputes: async (page) => (await gateway()).listDisputes(page),
  }
}
