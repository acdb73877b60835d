/**
 * Who may do what over the API: one table, the whole of it (B1). An operation that is not in it cannot be served: its
 * name would not compile. `test/api/access.test.ts` asks every operation of `openapi.json` as every kind of caller.
 *
 * Where an operation's address names an account, a payer reaches their own only; any other answers as if it did not
 * exist. Staff and platforms reach every account their row here lets them.
 */

export const staffRoles = ['support', 'billing', 'admin'] as const
export type StaffRole = (typeof staffRoles)[number]

/** What an API key may be made for. */
export const scopes = [
  'accounts:read',
  'accounts:write',
  'fees:write',
  'orders:write',
  'payments:read',
  'standing:read',
] as const
export type Scope = (typeof scopes)[number]

/** Who asks, as far as access goes. */
export type Caller =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'root' | 'sam'; readonly accountId: string; readonly userId: string; readonly sessionId: string }
  | {
      readonly kind: 'staff'
      readonly role: StaffRole
      readonly staffId: string
      readonly name: string
      readonly sessionId: string
    }
  | { readonly kind: 'platform'; readonly keyId: string; readonly name: string; readonly scopes: readonly Scope[] }

/** `nobody`: no sign-in is needed. `root` and `sam`: for their own account. */
export type Who = 'nobody' | 'root' | 'sam' | StaffRole | Scope

const everybody = ['nobody'] as const
const signedIn = ['root', 'sam', 'support', 'billing', 'admin'] as const

/** Operation → who may. Grouped as the reference is. */
export const access = {
  readHealth: everybody,
  readReadiness: everybody,
  listCoverages: everybody,
  readMe: signedIn,
  signIn: everybody,
  signInStaff: everybody,
  signOut: signedIn,
  listSessions: signedIn,
  endSession: signedIn,
  endOtherSessions: signedIn,
  changePassword: signedIn,
  requestPasswordReset: everybody,
  finishPasswordReset: everybody,
  beginTotp: signedIn,
  confirmTotp: signedIn,
  removeTotp: signedIn,
  listUsers: ['root', 'support', 'billing', 'admin', 'accounts:read'],
  addUser: ['root', 'accounts:write'],
  removeUser: ['root', 'accounts:write'],
  setUserPassword: ['root', 'accounts:write'],
  inviteRoot: ['support', 'billing', 'admin', 'accounts:write'],
  removeRootTotp: ['admin'],
  listStaff: ['admin'],
  addStaff: ['admin'],
  inviteStaff: ['admin'],
  endStaff: ['admin'],
  beginStaffSetUp: everybody,
  finishStaffSetUp: everybody,
  listKeys: ['admin'],
  createKey: ['admin'],
  rotateKey: ['admin'],
  revokeKey: ['admin'],
  listAudit: ['admin'],
  putAccount: ['admin', 'accounts:write'],
  readAccount: ['root', 'sam', 'support', 'billing', 'admin', 'accounts:read'],
  closeAccount: ['admin', 'accounts:write'],
  importFees: ['billing', 'admin', 'fees:write'],
  completeFees: ['billing', 'admin', 'fees:write'],
  readMonth: ['support', 'billing', 'admin', 'fees:write'],
  grantTrial: ['billing', 'admin'],
  listAwaitingApproval: ['support', 'billing', 'admin'],
  approveInvoice: ['billing', 'admin'],
  retryInvoice: ['support', 'billing', 'admin'],
  readMailLanguage: ['root', 'support', 'billing', 'admin', 'accounts:read'],
  setMailLanguage: ['root', 'support', 'billing', 'admin', 'accounts:write'],
  listMailFailures: ['support', 'billing', 'admin'],
  retryMail: ['support', 'billing', 'admin'],
  listInvoices: ['root', 'support', 'billing', 'admin', 'payments:read'],
  downloadInvoices: ['root', 'support', 'billing', 'admin', 'payments:read'],
  readInvoice: ['root', 'support', 'billing', 'admin', 'payments:read'],
  listInvoiceFees: ['root', 'support', 'billing', 'admin', 'payments:read'],
  downloadInvoiceFees: ['root', 'support', 'billing', 'admin', 'payments:read'],
  listCharges: ['root', 'support', 'billing', 'admin', 'payments:read'],
  readCharge: ['root', 'support', 'billing', 'admin', 'payments:read'],
  listPaymentSettings: ['root', 'support', 'billing', 'admin', 'payments:read'],
  readPaymentSettings: ['root', 'support', 'billing', 'admin', 'payments:read'],
  beginRegistration: ['root'],
  readRegistration: ['root', 'support', 'billing', 'admin', 'payments:read'],
  finishRegistration: ['root'],
  activate: ['root'],
  readChargeQuestion: ['root'],
  continueCharge: ['root'],
  quoteOrder: ['billing', 'admin', 'orders:write'],
  listOrders: ['root', 'support', 'billing', 'admin', 'payments:read', 'orders:write'],
  readOrder: ['root', 'support', 'billing', 'admin', 'payments:read', 'orders:write'],
  confirmOrder: ['root'],
  cancelOrder: ['root', 'support', 'billing', 'admin', 'orders:write'],
  shipOrder: ['billing', 'admin', 'orders:write'],
  returnOrder: ['billing', 'admin', 'orders:write'],
  retryOrder: ['support', 'billing', 'admin'],
  readStanding: ['root', 'support', 'billing', 'admin', 'standing:read'],
  listChangedStandings: ['support', 'billing', 'admin', 'standing:read'],
  exemptStanding: ['billing', 'admin'],
  endStandingExemption: ['billing', 'admin'],
  postponeStanding: ['billing', 'admin'],
  requestRefund: ['billing', 'admin'],
  readRefundable: ['support', 'billing', 'admin'],
  listRefunds: ['root', 'support', 'billing', 'admin', 'payments:read'],
  readRefund: ['root', 'support', 'billing', 'admin', 'payments:read'],
  listDisputes: ['root', 'support', 'billing', 'admin', 'payments:read'],
  readDispute: ['root', 'support', 'billing', 'admin', 'payments:read'],
  decideDispute: ['billing', 'admin'],
  listPayouts: ['support', 'billing', 'admin'],
  readPayout: ['support', 'billing', 'admin'],
  listPayoutEntries: ['support', 'billing', 'admin'],
  downloadPayoutEntries: ['support', 'billing', 'admin'],
  readClearing: ['support', 'billing', 'admin'],
  listStaffQueue: ['support', 'billing', 'admin'],
  closeStaffQueueEntry: ['support', 'billing', 'admin'],
  listReconciliations: ['support', 'billing', 'admin'],
  listReconciliationDifferences: ['support', 'billing', 'admin'],
  receiveGatewayEvent: everybody,
  previewStandings: ['support', 'billing', 'admin'],
} as const satisfies Record<string, readonly Who[]>

export type Operation = keyof typeof access

export type AccessRefusal =
  /** Nobody is signed in, or the session or key is no longer good. */
  | 'sign_in_required'
  /** A SAM user at what only the root user may see or change. */
  | 'root_only'
  /** Staff whose role, or a key whose scopes, do not reach so far; a payer at what is the staff's. */
  | 'not_permitted'
  /** Somebody else's account. */
  | 'not_found'

/** Null when `caller` may; `accountId` is the account that the address names, if it names one. */
export function refuseAccess(operation: Operation, caller: Caller, accountId: string | null): AccessRefusal | null {
  const who: readonly Who[] = access[operation]
  if (who.includes('nobody')) return null
  if (caller.kind === 'nobody') return 'sign_in_required'
  if (caller.kind === 'platform') return caller.scopes.some((scope) => who.includes(scope)) ? null : 'not_permitted'
  if (caller.kind === 'staff') return who.includes(caller.role) ? null : 'not_permitted'
  if (!who.includes(caller.kind)) return caller.kind === 'sam' && who.includes('root') ? 'root_only' : 'not_permitted'
  return accountId === null || accountId === caller.accountId ? null : 'not_found'
}
