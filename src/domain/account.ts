/** What the platform may say of an account that is known already: its kind never changes, and a closed one stays closed. */

export type AccountKind = 'individual' | 'business'

export interface AccountFacts {
  readonly kind: AccountKind
  readonly closed: boolean
}

export type PutAccountRefusal = 'account_kind_fixed' | 'account_closed' | 'email_taken'

/** Null when the account may be put as `wanted`; null facts are those of a new one. */
export function refusePut(
  facts: AccountFacts | null,
  wanted: { readonly kind: AccountKind; readonly emailTaken: boolean },
): PutAccountRefusal | null {
  if (facts?.closed) return 'account_closed'
  if (facts && facts.kind !== wanted.kind) return 'account_kind_fixed'
  return wanted.emailTaken ? 'email_taken' : null
}
