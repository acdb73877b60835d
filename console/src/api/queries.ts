/** What the pages read, each under one key; whoever changes something says which of them is out of date. */
import { infiniteQueryOptions, QueryClient, queryOptions } from '@tanstack/react-query'
import { ApiProblem, answerOf, api, carryCsrfToken, type Schemas } from './client.ts'

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // What the server refused it refuses again; what did not get through is worth another try.
      retry: (failures, problem) => failures < 2 && (!(problem instanceof ApiProblem) || problem.status === 0),
    },
  },
})

export const coveragesQuery = queryOptions({
  queryKey: ['coverages'],
  queryFn: () => answerOf(api.GET('/api/coverages')),
  staleTime: Number.POSITIVE_INFINITY,
})

/** Null: nobody is signed in. */
export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: async () => {
    try {
      const me = await answerOf(api.GET('/api/me'))
      carryCsrfToken(me.csrfToken)
      return me
    } catch (problem) {
      if (problem instanceof ApiProblem && problem.code === 'sign_in_required') return null
      throw problem
    }
  },
  staleTime: 60_000,
})

export const summariesQuery = (accountId: string) =>
  queryOptions({
    queryKey: ['payment-settings', accountId],
    queryFn: () => answerOf(api.GET('/api/accounts/{accountId}/payment-settings', { params: { path: { accountId } } })),
  })

export const settingsQuery = (accountId: string, coverage: string) =>
  queryOptions({
    queryKey: ['payment-settings', accountId, coverage],
    queryFn: () =>
      answerOf(
        api.GET('/api/accounts/{accountId}/coverages/{coverage}/payment-settings', {
          params: { path: { accountId, coverage } },
        }),
      ),
    // While something is at work its outcome is a moment away; else a look now and then, as cheap as an ETag.
    refetchInterval: ({ state }) =>
      state.data && (state.data.attempts.length > 0 || state.data.waiting.length > 0) ? 1_000 : 30_000,
  })

/** After an act on a coverage: its settings, and the mark beside its name. */
export const settingsChanged = (accountId: string): Promise<void> =>
  queries.invalidateQueries({ queryKey: ['payment-settings', accountId] })

interface OfRegistration {
  readonly accountId: string
  readonly coverage: string
  readonly registrationId: string
}

/** Asked for again while the bank, the gateway or our server is not done; each time is a request of its own. */
export const registrationQuery = (path: OfRegistration) =>
  queryOptions({
    queryKey: ['registration', path.accountId, path.registrationId],
    queryFn: () =>
      answerOf(
        api.POST('/api/accounts/{accountId}/coverages/{coverage}/registrations/{registrationId}/finish', {
          params: { path },
        }),
      ),
    refetchInterval: ({ state: { data, error } }) => {
      if (!data) return error instanceof ApiProblem && error.status !== 0 ? false : 2_000
      return data.status === 'pending' || (data.status === 'registered' && data.hold.status === 'placed')
        ? 2_000
        : false
    },
  })

export type Invoice = Awaited<ReturnType<typeof readInvoice>>
const readInvoice = (accountId: string, invoiceId: string) =>
  answerOf(api.GET('/api/accounts/{accountId}/invoices/{invoiceId}', { params: { path: { accountId, invoiceId } } }))

/** `version`: whatever changes when there is more to tell of it. */
export const invoiceQuery = (accountId: string, invoiceId: string, version = '') =>
  queryOptions({
    queryKey: ['invoice', accountId, invoiceId, version],
    queryFn: () => readInvoice(accountId, invoiceId),
    placeholderData: (before) => before,
  })

/** Months of a coverage, newest first, a page at a time. */
export const invoicesQuery = (accountId: string, coverage: string) =>
  infiniteQueryOptions({
    queryKey: ['invoices', accountId, coverage],
    queryFn: ({ pageParam }) =>
      answerOf(
        api.GET('/api/accounts/{accountId}/invoices', {
          params: { path: { accountId }, query: { coverage, limit: 24, ...(pageParam ? { cursor: pageParam } : {}) } },
        }),
      ),
    initialPageParam: null as string | null, // widened: the first page has no cursor
    getNextPageParam: ({ next }) => next,
  })

export const ordersQuery = (accountId: string, coverage: string) =>
  infiniteQueryOptions({
    queryKey: ['orders', accountId, coverage],
    queryFn: ({ pageParam }) =>
      answerOf(
        api.GET('/api/accounts/{accountId}/orders', {
          params: { path: { accountId }, query: { coverage, limit: 24, ...(pageParam ? { cursor: pageParam } : {}) } },
        }),
      ),
    initialPageParam: null as string | null, // widened: the first page has no cursor
    getNextPageParam: ({ next }) => next,
  })

export type Order = Schemas['OrderDetail']

/** Polled while the bank is asked or the platform ships. */
export const orderQuery = (accountId: string, orderId: string) =>
  queryOptions({
    queryKey: ['order', accountId, orderId],
    queryFn: () =>
      answerOf(api.GET('/api/accounts/{accountId}/orders/{orderId}', { params: { path: { accountId, orderId } } })),
    refetchInterval: ({ state }) =>
      state.data && ['confirming', 'shipping', 'cancelling'].includes(state.data.status) ? 1_000 : 30_000,
  })

export async function orderChanged(accountId: string, orderId: string): Promise<void> {
  await queries.invalidateQueries({ queryKey: ['order', accountId, orderId] })
  await queries.invalidateQueries({ queryKey: ['orders', accountId] })
}

export const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  queryFn: () => answerOf(api.GET('/api/sessions')),
})
