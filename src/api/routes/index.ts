/** Every operation of the API, in the order of the reference. */
import type { Route } from '../route.ts'
import { accountRoutes } from './accounts.ts'
import { chargeRoutes } from './charges.ts'
import { feesInRoutes } from './fees-in.ts'
import { invoiceRoutes } from './invoices.ts'
import { staffActRoutes } from './staff-acts.ts'
import { systemRoutes } from './system.ts'

export const routes: readonly Route[] = [
  ...accountRoutes,
  ...feesInRoutes,
  ...invoiceRoutes,
  ...chargeRoutes,
  ...staffActRoutes,
  ...systemRoutes,
]
