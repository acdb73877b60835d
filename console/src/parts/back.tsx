/** The way back to where this page was opened from. */
import type { ReactNode } from 'react'
import { Link } from 'react-router'

export const Back = ({ to, children }: { readonly to: string; readonly children: ReactNode }) => (
  <Link className="back" to={to}>
    <svg aria-hidden="true" height="12" viewBox="0 0 8 12" width="8">
      <path d="M6.5 1.5 2 6l4.5 4.5" fill="none" stroke="currentColor" strokeWidth="1.5" />
    </svg>
    {children}
  </Link>
)
