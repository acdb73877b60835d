/** What stands around every page: a way past the bar for keyboards, the bar, and word of what is not fresh. */
import { useEffect, useRef } from 'react'
import { Link, Outlet, ScrollRestoration, useLocation, useNavigate } from 'react-router'
import { whenSignedOut } from '../api/client.ts'
import { meQuery, queries } from '../api/queries.ts'
import { shellTexts } from '../texts/shell.ts'
import { AccountMenu } from './account-menu.tsx'
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
      <ScrollRestoration />
    </>
  )
}

/** A session that ends in the middle of something: sign in, and go on where one was. */
function useSignInWhenOver(): void {
  const navigate = useNavigate()
  useEffect(() => {
    whenSignedOut(() => {
      queries.setQueryData(meQuery.queryKey, null)
      const from = `${location.pathname}${location.search}`
      void navigate(`/sign-in?${new URLSearchParams({ over: '1', next: from })}`)
    })
  }, [navigate])
}

const Mark = () => <img alt="" height="32" src="/mark.svg" width="32" />
