/** Top right, as the contract says: who one is, and the ways from there. The browser closes it on Escape or a click beside. */
import { useQuery } from '@tanstack/react-query'
import { useRef } from 'react'
import { Link, useNavigate } from 'react-router'
import { api } from '../api/client.ts'
import { meQuery, queries } from '../api/queries.ts'
import { shellTexts } from '../texts/shell.ts'
import { LanguageChoice, ThemeChoice } from './choices.tsx'
import './account-menu.css'

export function AccountMenu() {
  const { data: me } = useQuery(meQuery)
  const menu = useRef<HTMLDivElement>(null)
  const navigate = useNavigate()
  const name = me?.userName ?? me?.email ?? me?.name ?? null
  const close = () => menu.current?.hidePopover()
  const signOut = async () => {
    close()
    await api.POST('/api/sign-out').catch(() => undefined)
    queries.clear()
    queries.setQueryData(meQuery.queryKey, null)
    await navigate('/sign-in')
  }
  return (
    <div className="menu">
      <button aria-haspopup="true" className="menu-button" popoverTarget="account-menu" type="button">
        <span>
          <span className="menu-name">{name ?? shellTexts.menu}</span>
          {me?.accountId ? <span className="caption">{me.accountId}</span> : null}
        </span>
        <span aria-hidden="true" className="menu-arrow" />
        <span className="unseen">{shellTexts.menu}</span>
      </button>
      <div className="menu-sheet" id="account-menu" popover="auto" ref={menu}>
        {me ? (
          <p className="menu-who">
            <strong>{name}</strong>
            <span className="caption">
              {me.accountId} · {me.kind === 'sam' ? shellTexts.samUser : shellTexts.rootUser}
            </span>
          </p>
        ) : null}
        {me ? (
          <nav aria-label={shellTexts.menu}>
            <ul>
              <li>
                <Link onClick={close} to="/payment-settings">
                  {shellTexts.paymentSettings}
                </Link>
              </li>
              <li>
                <Link onClick={close} to="/security">
                  {shellTexts.security}
                </Link>
              </li>
            </ul>
          </nav>
        ) : null}
        <LanguageChoice />
        <ThemeChoice />
        {me ? (
          <button className="menu-row" onClick={() => void signOut()} type="button">
            {shellTexts.signOut}
          </button>
        ) : null}
      </div>
    </div>
  )
}
