/** What stands around every page: a way past the bar for keyboards, the bar, and word of what is not fresh. */
import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useEffect, useRef } from 'react'
import { Link, Outlet, ScrollRestoration, useLocation } from 'react-router'
import { whenSignedOut } from '../api/client.ts'
import { coveragesQuery, meQuery, queries } from '../api/queries.ts'
import { shellTexts } from '../texts/shell.ts'
import { AccountMenu } from './account-menu.tsx'
import { sessionOver } from './signed-in.tsx'
import { Stale } from './stale.tsx'

export function Shell() {
  const { pathname } = useLocation()
  const main = useRef<HTMLElement>(null)
  const came = useRef(pathname)
  useSignInWhenOver()
  // A new page begins at its beginning for those who hear it, too.
  useEffect(() => {
    if (came.current === pathname) return
    came.current = pathname
    main.current?.focus({ preventScroll: true })
  }, [pathname])
  return (
    <>
      <a className="skip" href="#main">
        {shellTexts.skip}
      </a>
      <header className="bar">
        <div className="bar-inner">
          <Link className="brand" to="/">
            <Mark />
            Kessai
          </Link>
          <AccountMenu />
        </div>
      </header>
      <Stale />
      <main className="page" id="main" ref={main} tabIndex={-1}>
        <Outlet />
      </main>
      <Sandbox />
      <ScrollRestoration />
    </>
  )
}

const SandboxBar = lazy(() => import('../sandbox/bar.tsx'))

/** Fetched only where nothing is real. */
function Sandbox() {
  const { data } = useQuery(coveragesQuery)
  if (!data?.sandbox) return null
  return (
    <Suspense fallback={null}>
      <SandboxBar />
    </Suspense>
  )
}

/** A session that ends in the middle of something: whoever needs one (`signed-in.tsx`) leads to where it is had again. */
function useSignInWhenOver(): void {
  useEffect(() => {
    whenSignedOut(() => {
      queries.setQueryData(sessionOver, true)
      queries.setQueryData(meQuery.queryKey, null)
    })
  }, [])
}

const Mark = () => <img alt="" height="32" src="/mark.svg" width="32" />
