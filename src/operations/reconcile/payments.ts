/** A page of the gateway's payments against our charges: one statement finds them all, and only what differs costs more. */
import { compare, compareLost } from '../../domain/reconciliation.ts'
import type { GatewayPayment } from '../../ports/card-gateway.ts'
import type { FoundDifference } from '../../postgres/reconciliations.ts'
import { type FoundCharge, findCharges, findCustomers, findLostFacts } from '../../postgres/reconciling.ts'
import { gatewayOf } from '../system.ts'
import { idOfPayment } from './bring-back.ts'
import { bucketOfOurs, type Page, type Reading, theirsOf, Unread } from './page.ts'
import { callStaff, evidenceOf, repairKnown, repairLost } from './repair.ts'

export async function readPayments(reading: Reading): Promise<Page> {
  const { system, reconciliation, from, to } = reading
  const { coverage, cursor } = reconciliation
  const listed = await gatewayOf(system, coverage).listPayments({ from, to, cursor })
  if (listed.outcome !== 'found') throw new Unread(listed.reason)
  const keys = listed.rows.flatMap(({ chargeId }) => keyOf(chargeId))
  // After the list: a charge is committed before the gateway hears of it, so one without a row has lost it.
  const charges = new Map((await findCharges(system.db, keys)).map((row) => [row.chargeId, row]))
  const ours = listed.rows.flatMap((payment) => pairOf(payment, charges, coverage))
  const lost = listed.rows.filter(({ chargeId }) => keyOf(chargeId).length > 0 && !charges.has(chargeId ?? ''))
  const foreign = listed.rows.filter(({ chargeId }) => keyOf(chargeId).length === 0)
  const found = [
    ...(await repairAllKnown(reading, ours)),
    ...(await repairAllLost(reading, lost)),
    ...(await lookAtForeign(reading, foreign)),
  ]
  const seen = ours.map(([, { bucket, chargeId }]) => ({ bucket, object_id: chargeId }))
  return { next: listed.next, rows: listed.rows.length, foreign: foreign.length, seen, found }
}

function keyOf(chargeId: string | null) {
  const bucket = bucketOfOurs(chargeId)
  return bucket === null || chargeId === null ? [] : [{ bucket, charge_id: chargeId }]
}

/** A charge of another coverage is its own reconciliation's. */
function pairOf(
  payment: GatewayPayment,
  charges: ReadonlyMap<string, FoundCharge>,
  coverage: string,
): [GatewayPayment, FoundCharge][] {
  const charge = charges.get(payment.chargeId ?? '')
  return charge?.coverage === coverage ? [[payment, charge]] : []
}

export async function repairAllKnown(
  reading: Reading,
  pairs: readonly (readonly [GatewayPayment, FoundCharge])[],
): Promise<FoundDifference[]> {
  const found: FoundDifference[] = []
  for (const [payment, charge] of pairs) {
    const difference = compare(theirsOf(payment), charge)
    const told = difference && (await repairKnown(reading, payment, charge, difference))
    if (told) found.push(told)
  }
  return found
}

/** Newest first, as listed: what was taken last says most about what is owed now. */
async function repairAllLost(reading: Reading, payments: readonly GatewayPayment[]): Promise<FoundDifference[]> {
  const { system, reconciliation } = reading
  const keys = payments.flatMap(({ paymentId, chargeId, accountId, subjectId, currency }) => {
    const bucket = bucketOfOurs(chargeId)
    const subject = bucketOfOurs(subjectId) === null ? null : subjectId
    return bucket === null || accountId === null
      ? []
      : [{ bucket, payment_id: paymentId, account_id: accountId, subject_id: subject, currency }]
  })
  const facts = await findLostFacts(system.db, reconciliation.coverage, keys)
  const found: FoundDifference[] = []
  for (const payment of payments) {
    const known = facts.get(payment.paymentId)
    const difference = compareLost(theirsOf(payment), {
      accountKnown: known !== undefined,
      subjectNamed: payment.subjectId !== null,
      subjectKnown: known?.subjectKnown ?? false,
    })
    const debt = { invoiceId: known?.invoiceId ?? null, orderId: known?.orderId ?? null }
    const told = await repairLost(reading, payment, payment.chargeId ?? '', debt, difference)
    if (told) found.push(told)
  }
  return found
}

/** Another platform's on the same gateway account, unless the customer is ours. */
async function lookAtForeign(reading: Reading, payments: readonly GatewayPayment[]): Promise<FoundDifference[]> {
  const { system, reconciliation } = reading
  const withMoney = payments.filter(({ status }) => status === 'captured' || status === 'held')
  const customerIds = withMoney.flatMap(({ customerId }) => customerId ?? [])
  const customers = await findCustomers(system.db, reconciliation.coverage, customerIds)
  const ours = new Map(customers.map((row) => [row.customerId, row]))
  const found: FoundDifference[] = []
  for (const payment of withMoney) {
    const owner = ours.get(payment.customerId ?? '')
    if (!owner) continue
    const { bucket, accountId } = owner
    const about = { bucket, accountId, subjectId: idOfPayment(bucket, payment), chargeId: null }
    await callStaff(reading, about, 'payment_by_hand', evidenceOf(payment, null))
    found.push({
      kind: 'payment_by_hand',
      object_id: payment.paymentId,
      account_id: accountId,
      outcome: 'queued',
      evidence: evidenceOf(payment, null),
    })
  }
  return found
}
