/** The sandbox's platform, made: its residents sign up, two months go by, and on the last morning some of them act. */
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { bucketOfAccount } from '../domain/bucket.ts'
import { type Instant, parseInstant } from '../domain/calendar.ts'
import { addAccounts } from '../operations/add-accounts.ts'
import { exemptStanding } from '../operations/arrange-standing.ts'
import { feeRecords } from '../operations/fees/fee-records.ts'
import { addStaff } from '../operations/identity/add-staff.ts'
import { createKey } from '../operations/identity/api-keys.ts'
import { operator } from '../operations/identity/audit.ts'
import { addSamUser } from '../operations/identity/sam-users.ts'
import { finishStaffSetUp } from '../operations/identity/set-up-staff.ts'
import { setRootPassword } from '../operations/identity/write-password.ts'
import { importFees } from '../operations/import-fees.ts'
import { confirmOrder } from '../operations/orders/confirm-order.ts'
import { quoteOrder } from '../operations/orders/quote-order.ts'
import { shipOrder } from '../operations/orders/ship-order.ts'
import { closeAccount } from '../operations/put-account.ts'
import { beginRegistration, finishRegistration } from '../operations/register-card.ts'
import { requestRefund } from '../operations/request-refund.ts'
import { grantTrial } from '../operations/trials.ts'
import { listCharges } from '../postgres/billing-lists.ts'
import { cardNumber } from './accounts.ts'
import { moveTo, untilIdle } from './idle.ts'
import type { KeptPlatform } from './kept-platform.ts'
import {
  emailOf,
  type Moment,
  type Resident,
  type ResidentAct,
  type ResidentCard,
  residents,
  samUserName,
  sandboxPassword,
  staffMembers,
} from './residents.ts'
import type { Show } from './show.ts'
import type { Stage } from './stage.ts'

export const platformBegins = parseInstant('2027-01-10T09:00:00Z')
const moments: Readonly<Record<Moment, Instant>> = {
  'first close': parseInstant('2027-02-02T00:00:00Z'),
  'second close': parseInstant('2027-03-02T00:00:00Z'),
  'last morning': parseInstant('2027-03-04T09:30:00Z'),
}
const dayMs = 86_400_000

/** Plays from the first sign-up to the last morning. Answers the platform's API key, which is shown now or never. */
export async function makePlatform(stage: Stage, show: Show): Promise<KeptPlatform> {
  const settling = show.step('accounts')
  await signUp(stage)
  for (const [index, resident] of residents.entries()) {
    await settleIn(stage, resident)
    settling.at(index + 1, residents.length)
  }
  settling.done(`${residents.length} accounts with sign-ins, cards and trials`)
  await goBy(stage, show, 'January', 'first close')
  await goBy(stage, show, 'February', 'second close')
  await goBy(stage, show, 'March', 'last morning')
  const acting = show.step('today')
  const all = residents.flatMap((resident) => (resident.acts ?? []).map((act) => [resident, act] as const))
  for (const [index, [resident, act]] of all.entries()) {
    await acts[act](stage, resident, await stage.now())
    await untilIdle(stage, await stage.now())
    acting.at(index + 1, all.length)
  }
  acting.done('orders, a refund, a dispute')
  const key = await createKey(
    stage.system,
    { name: 'demo platform', scopes: platformScopes, expiresAt: null },
    operator,
  )
  return { keyId: key.keyId, platformKey: key.key }
}

const platformScopes = [
  'accounts:read',
  'accounts:write',
  'fees:write',
  'orders:write',
  'payments:read',
  'standing:read',
] as const

async function signUp({ system, now }: Stage): Promise<void> {
  const at = await now()
  const accounts = residents.map(({ accountId, kind, coverages }) => ({
    accountId,
    kind,
    email: emailOf(accountId),
    coverages: Object.keys(coverages),
  }))
  await addAccounts(system, accounts, at)
  for (const { accountId } of residents) await setRootPassword(system, accountId, sandboxPassword)
  const sam = { accountId: residents[1]?.accountId ?? '', userName: samUserName, password: sandboxPassword }
  await addSamUser(system, sam, operator, at)
  for (const member of staffMembers) {
    const added = await addStaff(system, member, operator)
    if ('refused' in added) throw new Error(`${member.email}: ${added.refused}`)
    const setUp = { token: added.token, password: sandboxPassword, code: null, address: '127.0.0.1', sandbox: true }
    const done = await finishStaffSetUp(system, setUp, at)
    if ('refused' in done) throw new Error(`${member.email}: ${done.refused}`)
  }
}

async function settleIn(stage: Stage, resident: Resident): Promise<void> {
  const { accountId, coverages, trialEndsOn, isExempt } = resident
  for (const [coverage, card] of Object.entries(coverages)) {
    if (card) await register(stage, { accountId, coverage }, card)
    else if (trialEndsOn) {
      const trial = { accountId, coverage, endsOn: trialEndsOn, grantedBy: staffMembers[1].name }
      await grantTrial(stage.system, trial, await stage.now())
    }
  }
  if (isExempt) await exempt(stage, accountId, await stage.now())
}

function exempt({ system }: Stage, accountId: string, now: Instant) {
  const note = 'A payment plan is agreed'
  return exemptStanding(system, { accountId, coverage: 'g', until: null, by: staffMembers[1].name, note }, now)
}

async function register(stage: Stage, of: { accountId: string; coverage: string }, card: ResidentCard): Promise<void> {
  const begun = await beginRegistration(stage.system, of, await stage.now())
  if ('refused' in begun) throw new Error(`${of.accountId}: ${begun.refused}`)
  const [expYear = 2034, expMonth = 12] = (card.expires ?? '2034-12').split('-').map(Number)
  const index = residents.findIndex(({ accountId }) => accountId === of.accountId) * 2 + (of.coverage === 'jp' ? 1 : 0)
  const number = card.number ?? cardNumber({ index, brand: card.brand }, 0)
  await stage
    .payer(of.coverage)
    .confirm({ clientSecret: begun.clientSecret, card: { number, expMonth, expYear, cvc: '123' } })
  for (;;) {
    const finished = await finishRegistration(stage.system, begun.registrationId, await stage.now())
    if (finished.status === 'registered') return
    if (finished.status === 'failed') throw new Error(`${of.accountId}: the card was not registered: ${finished.code}`)
    await delay(100)
  }
}

/** The month's fees come in, issuers are told what they will say, and time goes on to `moment`, a day at a time. */
async function goBy(stage: Stage, show: Show, name: string, moment: Moment): Promise<void> {
  const [begins, ends] = [await stage.now(), moments[moment]]
  const step = show.step(name)
  await bringFees(stage, begins)
  for (const resident of residents) {
    if (resident.refused?.from === moment) await refuse(stage, resident, resident.refused.declineCode)
  }
  const days = Math.ceil((ends - begins) / dayMs)
  await moveTo(stage, ends, (now) => step.at(Math.min(days, Math.floor((now - begins) / dayMs)), days))
  step.done(moment === 'last morning' ? 'two months collected, retried daily since' : `${days} days, fees in`)
}

async function bringFees({ system }: Stage, now: Instant): Promise<void> {
  const month = new Date(now).toISOString().slice(0, 7)
  const lines = residents.flatMap(({ accountId, coverages, fees }) =>
    Object.keys(coverages).flatMap((coverage) => {
      const amount = Object.entries(fees).find(([of]) => of === month)?.[1]
      // Yen are worth about a hundredth of a dollar.
      const inItsUnit = amount && (coverage === 'jp' ? String(Math.round(Number(amount) * 100)) : amount)
      const line = {
        accountId,
        coverage,
        externalId: `${month}/${coverage}/data`,
        date: `${month}-10`,
        item: 'Data transfer',
      }
      return inItsUnit ? [JSON.stringify({ ...line, amount: inItsUnit })] : []
    }),
  )
  if (lines.length > 0) await importFees(system, feeRecords(Readable.from([Buffer.from(lines.join('\n'))])), {}, now)
}

async function refuse(stage: Stage, { accountId }: Resident, declineCode: string): Promise<void> {
  const customerId = await customerOf(stage, accountId)
  if (customerId) await stage.simulator.tell({ account: 'g', customerId }, [{ kind: 'decline', declineCode }])
}

async function customerOf({ system }: Stage, accountId: string): Promise<string | null> {
  const row = await system.db
    .selectFrom('payment_settings')
    .select('gateway_customer_id')
    .where('bucket', '=', bucketOfAccount(accountId))
    .where('account_id', '=', accountId)
    .where('coverage', '=', 'g')
    .executeTakeFirst()
  return row?.gateway_customer_id ?? null
}

type Act = (stage: Stage, resident: Resident, now: Instant) => Promise<unknown>

const acts: Readonly<Record<ResidentAct, Act>> = {
  refund: async ({ system }, { accountId }, now) => {
    const charge = await lastCaptured(system, accountId)
    const refundId = system.makeId(bucketOfAccount(accountId), now)
    const amountMinor = charge.capturedMinor / 2n
    const reason = 'Billed for a device that was returned'
    return requestRefund(
      system,
      { refundId, accountId, chargeId: charge.chargeId, amountMinor, reason, requestedBy: staffMembers[1].name },
      now,
    )
  },
  dispute: async (stage, { accountId }) => {
    const charge = await lastCaptured(stage.system, accountId)
    const row = await stage.system.db
      .selectFrom('charges')
      .select('gateway_payment_id')
      .where('bucket', '=', bucketOfAccount(accountId))
      .where('charge_id', '=', charge.chargeId)
      .executeTakeFirstOrThrow()
    return stage.simulator.dispute('g', { paymentId: row.gateway_payment_id ?? '', reason: 'fraudulent' })
  },
  'order quoted': (stage, resident, now) => quote(stage, resident, 'A-1000', now),
  'order held': (stage, resident, now) => order(stage, resident, 'A-1001', now),
  'order shipped': async (stage, resident, now) => {
    const orderId = await order(stage, resident, 'A-1002', now)
    await untilIdle(stage, now)
    return shipOrder(stage.system, { accountId: resident.accountId, orderId, shippedBy: 'demo platform' }, now)
  },
  'order failed': async (stage, resident, now) => {
    await refuse(stage, resident, 'generic_decline')
    return order(stage, resident, 'A-1003', now)
  },
  close: ({ system }, { accountId }, now) => closeAccount(system, accountId, now),
}

async function order(stage: Stage, resident: Resident, externalId: string, now: Instant): Promise<string> {
  const orderId = await quote(stage, resident, externalId, now)
  await confirmOrder(stage.system, { accountId: resident.accountId, orderId }, now)
  return orderId
}

async function quote({ system }: Stage, { accountId }: Resident, externalId: string, now: Instant): Promise<string> {
  const items = [
    { code: 'sim-card', name: 'SIM card', quantity: 10, unitMinor: 500n, taxRateBp: 0 },
    { code: 'shipping', name: 'Shipping', quantity: 1, unitMinor: 1200n, taxRateBp: 0 },
  ]
  const orderId = system.makeId(bucketOfAccount(accountId), now)
  const quoted = await quoteOrder(
    system,
    { orderId, accountId, coverage: 'g', externalId, items, quotedBy: 'demo platform' },
    now,
  )
  if ('refused' in quoted) throw new Error(`${accountId}: ${quoted.refused}`)
  return orderId
}

async function lastCaptured(system: Stage['system'], accountId: string) {
  const bucket = bucketOfAccount(accountId)
  const charges = await listCharges(system.db, { bucket, accountId, coverage: 'g', after: null, limit: 20 })
  const charge = charges.find(({ status }) => status === 'captured')
  if (!charge) throw new Error(`${accountId} has paid nothing yet`)
  return charge
}
