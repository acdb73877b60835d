/** Every operation of the API, in the order of the reference. */
import type { Route } from '../route.ts'
import { chargeRoutes } from './charges.ts'
import { invoiceRoutes } from './invoices.ts'
import { systemRoutes } from './system.ts'

export const routes: readonly Route[] = [...invoiceRoutes, ...chargeRoutes, ...systemRoutes]
