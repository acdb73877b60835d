/**
 * Whatever happens to a charge, in whatever order: the ledger has what the gateway really left us, credit is never both
 * used and gone, and nothing is lost but by staff's decision or because the payer had used the credit before.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseInstant } from './calendar.ts'
import { type DisputeFacts, decideDispute, decideDisputeSeen, decisions } from './dispute.ts'
import type { TaxLine } from './invoice.ts'
import { type LedgerAccount, postingKinds } from './ledger.ts'
import type { Minor } from './money.ts'
import {
  countedRefundStatuses,
  decideFound,
  decideRefund,
  fromCredit,
  type RefundableFacts,
  splitLeft,
} from './refund.ts'
import {
  decideRefundOutcome,
  type InvoiceRepair,
  type Posting,
  posted,
  type RefundFacts,
  type RefundLearnt,
  type RefundSubject,
} from './refund-outcome.ts'

const now = parseInstant('2027-02-01T06:00:00Z')
type Refund = Omit<RefundFacts, 'creditLeftMinor' | 'subject'>
type Dispute = Omit<DisputeFacts, 'subject'> & { readonly noteLines: readonly TaxLine[] }

/** One charge for an invoice, the account's credit, and what the gateway has: as the rows and `writeRepair` would leave it. */
interface World {
  readonly capturedMinor: Minor
  readonly balances: Map<LedgerAccount, Minor>
  readonly refunds: Refund[]
  readonly disputes: Dispute[]
  atGatewayMinor: Minor
  creditMinor: Minor
  /** Of this charge, as the ledger says. */
  creditedMinor: Minor
  usedMinor: Minor
  /** Something was taken at the gateway while credit was set aside for a refund of ours: it counts as used. */
  crossed: boolean
  keptMinor: Minor
  dueMinor: Minor
  reopenedMinor: Minor
}

const totalMinor = 100n
const taxLines: readonly TaxLine[] = [{ taxRateBp: 0, netMinor: totalMinor, taxMinor: 0n }]
const sum = (amounts: readonly Minor[]): Minor => amounts.reduce((all, one) => all + one, 0n)

function charged(dueMinor: Minor, capturedMinor: Minor): World {
  const keptMinor = capturedMinor < dueMinor ? capturedMinor : dueMinor
  const excessMinor = capturedMinor - keptMinor
  const nothing = { creditMinor: 0n, creditedMinor: 0n, usedMinor: 0n, crossed: false, reopenedMinor: 0n }
  const taken = { capturedMinor, atGatewayMinor: capturedMinor, keptMinor, dueMinor: dueMinor - keptMinor }
  const world: World = { ...nothing, ...taken, balances: new Map(), refunds: [], disputes: [] }
  const postings = posted(['captured', keptMinor], ['captured_in_excess', excessMinor])
  write(world, { postings, invoice: null, creditMinor: excessMinor })
  return world
}

const balance = (world: World, account: LedgerAccount): Minor => world.balances.get(account) ?? 0n

interface Repair {
  readonly postings: readonly Posting[]
  readonly invoice: InvoiceRepair | null
  readonly creditMinor: Minor
}

function write(world: World, { postings, invoice, creditMinor }: Repair): void {
  for (const { kind, amountMinor } of postings) {
    const { debit, credit } = postingKinds[kind]
    world.balances.set(debit, balance(world, debit) + amountMinor)
    world.balances.set(credit, balance(world, credit) - amountMinor)
    if (debit === 'customer_credit') world.creditedMinor -= amountMinor
    if (credit === 'customer_credit') world.creditedMinor += amountMinor
  }
  world.creditMinor += creditMinor
  const dueAgainMinor = (invoice?.refundedMinor ?? 0n) - (invoice?.creditNotedMinor ?? 0n)
  world.keptMinor -= invoice?.refundedMinor ?? 0n
  world.dueMinor += dueAgainMinor
  world.reopenedMinor += dueAgainMinor
}

function subjectOf({ dueMinor, reopenedMinor, keptMinor, refunds, disputes }: World): RefundSubject {
  const noted = [...refunds.filter(({ status }) => status === 'succeeded'), ...disputes].flatMap((one) => one.noteLines)
  return { of: 'invoice', status: 'paid', dueMinor, reopenedMinor, keptMinor, taxLines, noted }
}

function refundableOf({ capturedMinor, creditMinor, creditedMinor, refunds, disputes }: World): RefundableFacts {
  const counted = refunds.filter(({ status }) => (countedRefundStatuses as readonly string[]).includes(status))
  const left = splitLeft({
    capturedMinor,
    givenMinor: sum(counted.map(({ amountMinor }) => amountMinor)),
    withdrawnMinor: sum(disputes.map(({ withdrawnMinor }) => withdrawnMinor)),
    creditedMinor: creditedMinor - sum(counted.map((one) => (one.carries === 'credit' ? one.lostMinor : 0n))),
  })
  const disputed = disputes.some(({ status }) => status === 'open')
  return { status: 'captured', currency: 'USD', ...left, creditMinor, disputed, ofInvoice: true }
}

/** One thing that somebody does, at the gateway or here; what cannot be done as things stand does nothing. */
interface Step {
  readonly does: keyof typeof doing
  readonly amountMinor: Minor
  readonly pick: number
}

const doing = {
  /** The next invoice uses the account's credit. */
  use_credit(world: World, amountMinor: Minor) {
    const usedMinor = amountMinor < world.creditMinor ? amountMinor : world.creditMinor
    world.creditMinor -= usedMinor
    world.usedMinor += usedMinor
  },
  /** At the dashboard, no more than is left there. */
  dashboard(world: World, wantedMinor: Minor) {
    const amountMinor = wantedMinor < world.atGatewayMinor ? wantedMinor : world.atGatewayMinor
    if (amountMinor <= 0n) return
    world.atGatewayMinor -= amountMinor
    world.crossed ||= balance(world, 'to_refund') !== 0n
    intend(world, { ...decideFound(refundableOf(world), amountMinor), amountMinor, gatewayRefundId: 're' })
    learn(world, world.refunds.length - 1, { kind: 'found', gatewayRefundId: 're', status: 'succeeded' })
  },
  staff(world: World, amountMinor: Minor, pick: number) {
    const carries = ([null, 'credit', 'credit_note', 'reopening'] as const)[pick % 4] ?? null
    const decided = decideRefund(refundableOf(world), { amountMinor, currency: null, carries })
    if ('refused' in decided) return
    const fromCreditMinor = decided.carries === 'credit' ? decided.amountMinor : 0n
    intend(world, { ...decided, fromCreditMinor, gatewayRefundId: null })
  },
  /** What becomes of one of our refunds, or of one that had gone through. */
  learn(world: World, _amountMinor: Minor, pick: number) {
    const which = pick % Math.max(world.refunds.length, 1)
    const refund = world.refunds[which]
    if (!refund) return
    const isMade = refund.status === 'succeeded'
    const way = (['succeeded', 'failed', 'absent'] as const)[Math.floor(pick / 7) % 3] ?? 'absent'
    if (way === 'absent' && refund.gatewayRefundId === null) learn(world, which, { kind: 'absent' })
    // Money that is no longer there cannot go out.
    if (way === 'succeeded' && !isMade && refund.amountMinor <= world.atGatewayMinor) {
      if (learn(world, which, { kind: 'found', gatewayRefundId: 're', status: way })) {
        world.atGatewayMinor -= refund.amountMinor
      }
    }
    if (way === 'failed' && learn(world, which, { kind: 'found', gatewayRefundId: 're', status: way }) && isMade) {
      world.atGatewayMinor += refund.amountMinor
    }
  },
  dispute(world: World, wantedMinor: Minor) {
    const amountMinor = wantedMinor < world.atGatewayMinor ? wantedMinor : world.atGatewayMinor
    if (amountMinor <= 0n) return
    world.atGatewayMinor -= amountMinor
    world.crossed ||= balance(world, 'to_refund') !== 0n
    see(world, null, 'open', amountMinor)
  },
  resolve(world: World, _amountMinor: Minor, pick: number) {
    const which = pick % Math.max(world.disputes.length, 1)
    const dispute = world.disputes[which]
    if (!dispute || dispute.status === 'won') return
    const status = pick % 2 === 0 ? 'won' : 'lost'
    see(world, which, status, dispute.amountMinor)
    if (status === 'won') world.atGatewayMinor += dispute.amountMinor
  },
  decide(world: World, _amountMinor: Minor, pick: number) {
    const which = pick % Math.max(world.disputes.length, 1)
    const dispute = world.disputes[which]
    const decision = decisions[Math.floor(pick / 5) % 3]
    if (!dispute || !decision) return
    const decided = decideDispute({ ...dispute, subject: subjectOf(world) }, decision)
    if ('refused' in decided) return
    const { returnedMinor, noteLines } = decided
    world.disputes[which] = { ...dispute, decision, returnedMinor, noteLines: noteLines ?? [] }
    write(world, { ...decided, creditMinor: 0n })
  },
} as const

function intend(
  world: World,
  refund: Pick<Refund, 'amountMinor' | 'carries' | 'fromCreditMinor' | 'gatewayRefundId'>,
): void {
  const sent = { firstSentAt: now, lastSentAt: now, sends: 3, unknownSince: null }
  world.refunds.push({ ...refund, ...sent, status: 'intended', noteLines: [], lostMinor: 0n })
  const postings = posted(['credit_set_aside', refund.fromCreditMinor])
  write(world, { postings, invoice: null, creditMinor: -refund.fromCreditMinor })
}

/** Whether it was news. */
function learn(world: World, which: number, learnt: RefundLearnt): boolean {
  const refund = world.refunds[which]
  if (!refund) return false
  const creditLeftMinor = fromCredit(refundableOf(world), refund.fromCreditMinor)
  const later = parseInstant('2027-02-03T06:00:00Z')
  const effects = decideRefundOutcome({ ...refund, creditLeftMinor, subject: subjectOf(world) }, learnt, later)
  if (!effects) return false
  const { status, gatewayRefundId } = effects
  const { noteLines = null, lostMinor = null } = effects
  world.refunds[which] = {
    ...refund,
    status,
    gatewayRefundId: gatewayRefundId ?? refund.gatewayRefundId,
    noteLines: noteLines ?? refund.noteLines,
    lostMinor: lostMinor ?? refund.lostMinor,
  }
  write(world, effects)
  return true
}

function see(world: World, which: number | null, status: 'open' | 'won' | 'lost', amountMinor: Minor): void {
  const known = which === null ? null : (world.disputes[which] ?? null)
  const facts = known && { ...known, subject: subjectOf(world) }
  const effects = decideDisputeSeen(facts, { status, amountMinor }, refundableOf(world))
  if (!effects) return
  const { withdrawnMinor, fromCreditMinor } = effects
  const none = { decision: null, returnedMinor: 0n, noteLines: [] }
  const row = { ...none, ...known, status, amountMinor, withdrawnMinor, fromCreditMinor }
  if (which === null) world.disputes.push(row)
  else world.disputes[which] = row
  write(world, effects)
}

function expectSound(world: World): void {
  const { atGatewayMinor, creditMinor, usedMinor, keptMinor, disputes } = world
  const of = (account: LedgerAccount) => balance(world, account)
  expect(of('gateway_clearing'), 'the ledger has what the gateway left us').toBe(atGatewayMinor)
  expect(creditMinor + usedMinor, 'credit is in the ledger').toBe(-of('customer_credit'))
  expect(creditMinor >= 0n && keptMinor >= 0n && world.dueMinor >= 0n, 'nothing is below nothing').toBe(true)
  const elsewhereMinor = of('disputed') + of('written_off')
  expect(
    keptMinor + creditMinor + usedMinor - of('to_refund'),
    'kept and credit are what is left, or accounted for',
  ).toBe(atGatewayMinor + elsewhereMinor)
  if (usedMinor > 0n || world.crossed) return
  expect(creditMinor <= atGatewayMinor, 'credit has its money behind it').toBe(true)
  const byStaffMinor = sum(
    disputes.map((one) =>
      one.decision === null || one.status === 'won' ? 0n : one.withdrawnMinor - one.fromCreditMinor - one.returnedMinor,
    ),
  )
  expect(of('written_off'), 'nothing is lost but by staff’s decision').toBe(byStaffMinor)
}

test('F42 B18 what is given and taken back of a charge never leaves more than the gateway did', () => {
  const step = fc.record({
    does: fc.constantFrom(...(Object.keys(doing) as (keyof typeof doing)[])), // its own keys
    amountMinor: fc.bigInt(1n, 120n),
    pick: fc.nat(200),
  })
  const steps: fc.Arbitrary<Step[]> = fc.array(step, { maxLength: 12 })
  fc.assert(
    fc.property(fc.bigInt(0n, totalMinor), fc.bigInt(1n, totalMinor), steps, (dueMinor, capturedMinor, happened) => {
      const world = charged(dueMinor, capturedMinor)
      expectSound(world)
      for (const { does, amountMinor, pick } of happened) {
        doing[does](world, amountMinor, pick)
        expectSound(world)
      }
    }),
    { numRuns: 1000 },
  )
})
