/**
 * Registering a card (B3-B6): a small hold proves it, is released at once, and the card replaces whatever the account
 * paid this coverage with. Until the gateway says that the hold stands, nothing changes.
 */
import { bucketOf, bucketOfAccount } from '../domain/bucket.ts'
import { dayAt, type Instant, plusMs } from '../domain/calendar.ts'
import { customerWithinMs, replayWithinMs } from '../domain/charge.ts'
import type { Effects } from '../domain/learnt.ts'
import type { Minor } from '../domain/money.ts'
import { networkOf } from '../domain/network.ts'
import {
  brandAccepted,
  type GatewayCardFacts,
  type RegistrationRefusal,
  registrationEnd,
} from '../domain/registration.ts'
import type { GatewayPayment, LookUpOutcome } from '../ports/card-gateway.ts'
import { claimCharge } from '../postgres/charges.ts'
import { transaction } from '../postgres/database.ts'
import { appendEvents } from '../postgres/events.ts'
import {
  lockSettings,
  lockUnpaid,
  replaceMethod,
  requestAttempts,
  type SettingsKey,
  writeCustomer,
} from '../postgres/payment-settings.ts'
import {
  findOrInsertVerification,
  readVerification,
  type Verification,
  writeRegistrationBegun,
  writeVerified,
} from '../postgres/verifications.ts'
import { learntFromPayment } from './ask-gateway.ts'
import { performCharge } from './perform-charges.ts'
import { recordOutcomes } from './record-outcomes.ts'
import { countDeclined, triedTooOften } from './registration-limits.ts'
import { gatewayOf, rulesOf, type System } from './system.ts'

export interface RegistrationBegun {
  /** The verification charge's id; `finishRegistration` takes it. */
  readonly registrationId: string
  /** The hold that proves the card; 0: the gateway's own zero check. */
  readonly holdMinor: Minor
  /** For the gateway's fields in the payer's browser. Never stored. */
  readonly clientSecret: string
}

/**
 * Opens a registration, or hands out the one still open: the charge's id is the key, so that the gateway answers the
 * same payment again, for as long as it certainly remembers the key (F5). `address`: where the payer asks from, against
 * which a decline counts whoever records it.
 */
export async function beginRegistration(
  system: System,
  of: { readonly accountId: string; readonly coverage: string },
  now: Instant,
  address: string | null = null,
): Promise<RegistrationBegun | { readonly refused: RegistrationRefusal }> {
  const rules = rulesOf(system, of.coverage)
  const gateway = gatewayOf(system, of.coverage)
  const key = { ...of, bucket: bucketOfAccount(of.accountId) }
  const settings = await transaction(system.db, (tx) => lockSettings(tx, key))
  if (!settings) return { refused: 'account_unknown' }
  if (settings.accountClosed) return { refused: 'account_closed' }
  const customerId = settings.customerId ?? (await createCustomer(system, key))
  if (customerId === null) return { refused: 'gateway_unavailable' }
  const wanted = {
    chargeId: system.makeId(key.bucket, now),
    amountMinor: rules.verificationMinor,
    currency: rules.currency,
    customerId,
    apiVersion: gateway.apiVersion,
    abandonedAt: plusMs(now, customerWithinMs),
    begunFrom: address === null ? null : networkOf(address),
  }
  const open = () =>
    transaction(system.db, async (tx) => {
      // Under the lock of the settings: of two clicks on the button, the second finds what the first has begun.
      await lockSettings(tx, key)
      return findOrInsertVerification(tx, key, wanted, now)
    })
  let verification = await open()
  if (verification.chargeId !== wanted.chargeId && !(await isStillOpen(system, key.bucket, verification, now))) {
    verification = await open()
  }
  if (isTooOld(verification, now)) return { refused: 'gateway_unavailable' }
  const answer = await gateway.beginRegistration(verification)
  if (answer.outcome !== 'approved') return { refused: 'gateway_unavailable' }
  await writeRegistrationBegun(system.db, key.bucket, verification.chargeId, answer.paymentId)
  const { chargeId, amountMinor } = verification
  return { registrationId: chargeId, holdMinor: amountMinor, clientSecret: answer.clientSecret }
}

/**
 * Of one that somebody began before. What ended at the gateway is recorded; what was confirmed is handed out again, as the
 * payer's window was; and what is too old to be sent again is finished or given up.
 */
async function isStillOpen(system: System, bucket: number, verification: Verification, now: Instant): Promise<boolean> {
  const { chargeId } = verification
  const answer = await lookUp(system, verification)
  const ended = answer.outcome === 'found' && (answer.payment.status === 'declined' || isOver(answer.payment))
  if (!ended && !isTooOld(verification, now)) return true
  const { status } = await finishRegistration(system, chargeId, now)
  if (status === 'pending') await performCharge(system, bucket, chargeId, now)
  return false
}

const lookUp = (system: System, verification: Verification): Promise<LookUpOutcome> =>
  gatewayOf(system, verification.coverage).lookUp({ ...verification, since: verification.intendedAt })

const isTooOld = ({ intendedAt }: Verification, now: Instant): boolean => now - intendedAt >= replayWithinMs

async function createCustomer(system: System, key: SettingsKey): Promise<string | null> {
  const answer = await gatewayOf(system, key.coverage).createCustomer(key)
  return answer.outcome === 'approved' ? writeCustomer(system.db, key, answer.customerId) : null
}

export type RegistrationFinished =
  | { readonly status: 'registered' }
  /** The payer's browser or bank is not done yet, or the gateway cannot be read now: ask again. */
  | { readonly status: 'pending' }
  | { readonly status: 'failed'; readonly code: string }

/**
 * Reads what became of a registration and, the first time that it is good, makes its card the method. The payer's
 * browser, an event of the gateway or a worker may ask, in any order and as often as they like.
 */
export async function finishRegistration(
  system: System,
  registrationId: string,
  now: Instant,
): Promise<RegistrationFinished> {
  const bucket = bucketOf(registrationId)
  const verification = await readVerification(system.db, bucket, registrationId)
  if (!verification) throw new RangeError(`no registration ${registrationId}`)
  const known = knownEnd(verification)
  if (known) return known
  const answer = await lookUp(system, verification)
  if (answer.outcome !== 'found') return { status: 'pending' }
  const { payment } = answer
  if (payment.status === 'declined') return recordDeclined(system, verification, payment, now)
  if (isOver(payment)) await recordLearnt(system, bucket, registrationId, payment, now)
  else if (payment.status !== 'held' || !payment.card) return { status: 'pending' }
  else {
    const tried = await triedTooOften(system, payment.card.fingerprint)
    await accept(system, { ...verification, bucket }, payment.paymentId, payment.card, tried, now)
  }
  // As the row says, whoever wrote it: this call, another, or the worker that found the registration abandoned.
  const end = await readVerification(system.db, bucket, registrationId)
  return (end && knownEnd(end)) ?? { status: 'pending' }
}

/** Somebody at the gateway laid hands on it: no card comes of it any more, and what was taken is the account's. */
const isOver = ({ status }: GatewayPayment): boolean =>
  status === 'released' || status === 'expired' || status === 'captured'

async function recordLearnt(
  system: System,
  bucket: number,
  chargeId: string,
  payment: GatewayPayment,
  now: Instant,
): Promise<Effects | null> {
  const charge = await claimCharge(system.db, bucket, system.workerId, chargeId)
  if (!charge) return null
  const [effects = null] = await recordOutcomes(system, bucket, [[charge, learntFromPayment(payment)]], now)
  return effects
}

/** Null while it is open. */
function knownEnd(verification: Verification): RegistrationFinished | null {
  const end = registrationEnd({ ...verification, registered: verification.cardId !== null })
  if (end === null) return null
  return end.registered ? { status: 'registered' } : { status: 'failed', code: end.code }
}

/** Makes a proven card the method, once: whoever comes second changes nothing. Its hold is let go in any case. */
async function accept(
  system: System,
  verification: Verification & SettingsKey,
  paymentId: string,
  card: GatewayCardFacts,
  tried: boolean,
  now: Instant,
): Promise<void> {
  const { bucket, accountId, coverage, chargeId } = verification
  const rules = rulesOf(system, coverage)
  // A brand that is not taken here, or a card that somebody tries out: the hold is let go of, and the old method stays.
  const cardId = brandAccepted(card, rules) && !tried ? system.makeId(bucket, now) : null
  const failureCode = tried ? 'card_declined' : null
  await transaction(system.db, async (tx) => {
    await lockSettings(tx, verification)
    await lockUnpaid(tx, verification)
    if (!(await writeVerified(tx, bucket, chargeId, paymentId, cardId, card, failureCode, now))) return
    const event = { event_id: system.makeId(bucket, now), account_id: accountId, coverage, charge_id: chargeId }
    if (failureCode !== null) {
      const declined = { ...event, kind: 'charge_declined' as const, details: { code: failureCode } }
      await appendEvents(tx, bucket, [declined], now)
    }
    if (cardId === null) return
    await replaceMethod(tx, verification, cardId, card, dayAt(now, rules.timeZone), now)
    const requested = await requestAttempts(tx, verification, { trigger: 'card_registered' }, now)
    const { brand, last4 } = card
    const registered = {
      kind: 'card_registered' as const,
      details: { brand, last4, invoicesToAttempt: requested.length },
    }
    await appendEvents(tx, bucket, [{ ...event, ...registered }], now)
  })
}

async function recordDeclined(
  system: System,
  verification: Verification,
  payment: GatewayPayment,
  now: Instant,
): Promise<RegistrationFinished> {
  const { accountId, chargeId, begunFrom } = verification
  const effects = await recordLearnt(system, bucketOf(chargeId), chargeId, payment, now)
  const code = effects?.charge.failureCode
  // Whoever records it counts it, once. Cards are counted where payers ask from outside.
  const fingerprint = begunFrom === null ? null : (payment.card?.fingerprint ?? null)
  if (code) await countDeclined(system, { accountId, network: begunFrom, fingerprint })
  return { status: 'failed', code: code ?? 'card_declined' }
}
