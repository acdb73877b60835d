/** What the pages read, each under one key; whoever changes something says which of them is out of date. */
import { QueryClient, queryOptions } from '@tanstack/react-query'
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

/** Asked for again while the bank or the gateway is not done; each time is a request of its own. */
export const registrationQuery = (path: OfRegistration, first: Schemas['Registration']) =>
  queryOptions({
    queryKey: ['registration', path.accountId, path.registrationId],
    queryFn: () =>
      answerOf(
        api.POST('/api/accounts/{accountId}/coverages/{coverage}/registrations/{registrationId}/finish', {
          params: { path },
        }),
      ),
    initialData: first,
    refetchInterval: ({ state }) => {
      const { status, hold } = state.data ?? first
      return status === 'pending' || (status === 'registered' && hold.status === 'placed') ? 2_000 : false
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
