/** Pages for somebody: whoever is not signed in is asked to, and comes back to where they were going. */
import { useQuery } from '@tanstack/react-query'
import { createContext, useContext } from 'react'
import { Navigate, Outlet, useLocation } from 'react-router'
import type { Schemas } from '../api/client.ts'
import { meQuery, queries } from '../api/queries.ts'
import { Failed } from './broken.tsx'

export type Me = Schemas['Me'] & { readonly accountId: string }
/** Known while the server has said that the session is over; signing in or out forgets it. */
export const sessionOver = ['session-over']

const Who = createContext<Me | null>(null)

export function SignedIn() {
  const { data: me, error, refetch } = useQuery(meQuery)
  const { pathname, search } = useLocation()
  if (error) return <Failed again={() => void refetch()} problem={error} />
  if (me === undefined) return null
  // The staff's console has pages of its own.
  if (me === null || me.accountId === null) {
    const why: Record<string, string> = queries.getQueryData(sessionOver) ? { over: '1' } : {}
    return <Navigate replace to={`/sign-in?${new URLSearchParams({ ...why, next: `${pathname}${search}` })}`} />
  }
  return (
    <Who value={{ ...me, accountId: me.accountId }}>
      <Outlet />
    </Who>
  )
}

export function useMe(): Me {
  const me = useContext(Who)
  if (!me) throw new Error('this page is for those who are signed in')
  return me
}
