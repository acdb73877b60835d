/** Every address of the console. A page's code is fetched when it is first visited. */
import { createBrowserRouter, redirect } from 'react-router'
import { meQuery, queries, summariesQuery } from './api/queries.ts'
import { Broken } from './shell/broken.tsx'
import { Shell } from './shell/shell.tsx'
import { SignedIn } from './shell/signed-in.tsx'

export const router = createBrowserRouter([
  {
    Component: Shell,
    ErrorBoundary: Broken,
    HydrateFallback: () => null,
    children: [
      { path: '/sign-in', lazy: () => import('./pages/sign-in.tsx') },
      { path: '/forgotten-password', lazy: () => import('./pages/forgotten-password.tsx') },
      { path: '/set-password', lazy: () => import('./pages/set-password.tsx') },
      {
        Component: SignedIn,
        children: [
          { path: '/', loader: () => redirect('/payment-settings') },
          { path: '/payment-settings', loader: toCoverage, lazy: () => import('./pages/payment-settings/page.tsx') },
          { path: '/payment-settings/:coverage/card', lazy: () => import('./pages/register-card/page.tsx') },
          { path: '/payment-settings/:coverage/detail', lazy: () => import('./pages/detail/page.tsx') },
          { path: '/security', lazy: () => import('./pages/security/page.tsx') },
          { path: '/billing/:coverage', lazy: () => import('./pages/billing/page.tsx') },
          { path: '/billing/:coverage/invoices/:invoiceId', lazy: () => import('./pages/billing/invoice.tsx') },
          { path: '/billing/:coverage/orders/:orderId', lazy: () => import('./pages/billing/order.tsx') },
          { path: '/payment-settings/:coverage', lazy: () => import('./pages/payment-settings/page.tsx') },
        ],
      },
      { path: '*', lazy: () => import('./pages/unknown.tsx') },
    ],
  },
])

/** The coverage with a problem first: that is what somebody came for. A SAM user is told on the same page who can help. */
async function toCoverage() {
  const me = await queries.ensureQueryData(meQuery)
  if (!me?.accountId || me.kind !== 'root') return null
  const { items } = await queries.ensureQueryData(summariesQuery(me.accountId))
  const first = items.find(({ hasProblem }) => hasProblem) ?? items[0]
  return first ? redirect(`/payment-settings/${first.coverage}`) : null
}
