/** Every operation of the API, in the order of the reference. */
import type { Route } from '../route.ts'
import { accountRoutes } from './accounts.ts'
import { activationRoutes } from './activations.ts'
import { chargeRoutes } from './charges.ts'
import { coverageRoutes } from './coverages.ts'
import { disputeRoutes } from './disputes.ts'
import { feesInRoutes } from './fees-in.ts'
import { gatewayEventRoutes } from './gateway-events.ts'
import { invoiceRoutes } from './invoices.ts'
import { keyRoutes } from './keys.ts'
import { mailLanguageRoutes } from './mail-language.ts'
import { messageRoutes } from './messages.ts'
import { orderRoutes } from './orders.ts'
import { passwordRoutes } from './passwords.ts'
import { paymentSettingsRoutes } from './payment-settings.ts'
import { payoutRoutes } from './payouts.ts'
import { reconciliationRoutes } from './reconciliations.ts'
import { refundRoutes } from './refunds.ts'
import { registrationRoutes } from './registrations.ts'
import { sessionRoutes } from './sessions.ts'
import { signInRoutes } from './sign-in.ts'
import { staffRoutes } from './staff.ts'
import { staffActRoutes } from './staff-acts.ts'
import { staffQueueRoutes } from './staff-queue.ts'
import { standingRoutes } from './standing.ts'
import { systemRoutes } from './system.ts'
import { totpRoutes } from './totp.ts'
import { userRoutes } from './users.ts'

export const routes: readonly Route[] = [
  ...signInRoutes,
  ...sessionRoutes,
  ...passwordRoutes,
  ...totpRoutes,
  ...userRoutes,
  ...staffRoutes,
  ...keyRoutes,
  ...accountRoutes,
  ...mailLanguageRoutes,
  ...paymentSettingsRoutes,
  ...registrationRoutes,
  ...activationRoutes,
  ...feesInRoutes,
  ...invoiceRoutes,
  ...chargeRoutes,
  ...orderRoutes,
  ...standingRoutes,
  ...staffActRoutes,
  ...messageRoutes,
  ...refundRoutes,
  ...disputeRoutes,
  ...payoutRoutes,
  ...staffQueueRoutes,
  ...reconciliationRoutes,
  ...gatewayEventRoutes,
  ...coverageRoutes,
  ...systemRoutes,
]
