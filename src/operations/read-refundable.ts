/** What of a charge staff could give back now, and in which ways. */
import { bucketOfAccount } from '../domain/bucket.ts'
import type { Minor } from '../domain/money.ts'
import { type Carries, carriesMeanings, decideRefund, type RefundRefusal } from '../domain/refund.ts'
import { transaction } from '../postgres/database.ts'
import { lockRepaired, readRepairedCharge } from '../postgres/repairs.ts'
import type { System } from './system.ts'

export interface Refundable {
  readonly currency: string
  readonly ways: readonly {
    readonly carries: Carries
    readonly atMostMinor: Minor
    readonly refusal: RefundRefusal | null
  }[]
}

/** Null when the account has no such charge. */
export function readRefundable(
  system: System,
  of: { readonly accountId: string; readonly chargeId: string },
): Promise<Refundable | null> {
  return transaction(system.db, async (tx) => {
    const charge = await readRepairedCharge(tx, bucketOfAccount(of.accountId), of.chargeId)
    if (charge?.accountId !== of.accountId) return null
    const { refundable } = await lockRepaired(tx, charge)
    const ways = Object.keys(carriesMeanings) as Carries[] // its own keys
    return {
      currency: charge.currency,
      ways: ways.map((carries) => {
        const decision = decideRefund(refundable, { amountMinor: null, currency: null, carries })
        return 'refused' in decision
          ? { carries, atMostMinor: 0n, refusal: decision.refused }
          : { carries, atMostMinor: decision.amountMinor, refusal: null }
      }),
    }
  })
}
