import fc from 'fast-check'
import { expect, test } from 'vitest'
import { dayMs, hourMs, instant, minuteMs, parseInstant, plusMs } from './calendar.ts'
import { type ChargeStatus, chargeStatuses, isSettled, unsettledStatuses } from './charge.ts'
import type { CoverageRules } from './coverage.ts'
import type { ChargeFacts, Effects, InvoiceFacts, Learnt, OrderState } from './learnt.ts'
import { decideOutcome } from './outcome.ts'

const now = parseInstant('2027-02-01T06:00:00Z')
const tomorrow = parseInstant('2027-02-02T09:00:00Z')

const rules: CoverageRules = {
  coverage: 'g',
  currency: 'USD',
  timeZone: 'UTC',
  closesAt: '06:00',
  retryAt: '09:00',
  verificationMinor: 100n,
  brands: [],
  taxRates: [],
  rounding: { net: 'up', tax: 'up' },
  minimum: [],
  networkLimits: [],
  approvalAbove: null,
  dunning: { remindAfterDays: [3, 7, 14], suspendAfterDays: 30, noticeDays: 7, at: '12:00' },
}

const invoice: InvoiceFacts = {
  status: 'scheduled',
  dueMinor: 1000n,
  nextAttemptAt: now,
  disputed: false,
  reopenedMinor: 0n,
  cardId: 'card',
  runPaused: false,
  lastRefusedAt: null,
}
const charge: ChargeFacts = {
  status: 'intended',
  trigger: 'run',
  amountMinor: 1000n,
  cardId: 'card',
  brand: 'visa',
  intendedAt: now,
  paymentId: null,
  firstSentAt: now,
  lastSentAt: now,
  sends: 1,
  unknownSince: null,
  captureMinor: null,
  mark: null,
  invoice,
  order: null,
}
/** Confirmed by its payer a moment ago. */
const order: OrderState = {
  status: 'confirming',
  netMinor: 900n,
  taxMinor: 100n,
  totalMinor: 1000n,
  capturedMinor: 0n,
  shippingAt: null,
  cardId: 'card',
}

const decline = (declineCode: string) => ({ code: 'card_declined', declineCode, adviceCode: null, networkCode: null })
const paymentId = 'pi_1'
const learn = {
  held: { kind: 'held', paymentId, expiresAt: null },
  needs_customer: { kind: 'needs_customer', paymentId },
  captured: { kind: 'captured', paymentId, capturedMinor: 1000n },
  captured_more: { kind: 'captured', paymentId, capturedMinor: 1200n },
  captured_less: { kind: 'captured', paymentId, capturedMinor: 300n },
  declined: { kind: 'declined', paymentId, decline: decline('insufficient_funds') },
  lost: { kind: 'declined', paymentId, decline: decline('lost_card') },
  released: { kind: 'released' },
  expired: { kind: 'expired' },
  absent: { kind: 'absent' },
  unknown: { kind: 'unknown', reason: 'time-out' },
  not_executed: { kind: 'not_executed', reason: '429' },
  refused: { kind: 'refused', reason: '401' },
} satisfies Record<string, Learnt>

type Change = Partial<Omit<ChargeFacts, 'invoice' | 'order'>> & {
  readonly invoice?: Partial<InvoiceFacts> | null
  readonly order?: Partial<OrderState>
}

function factsOf({ invoice: other, order: its, ...rest }: Change): ChargeFacts {
  const subject = its
    ? { invoice: null, order: { ...order, ...its } }
    : { invoice: other === null ? null : { ...invoice, ...other }, order: null }
  return { ...charge, ...rest, ...subject }
}

/** `status [next act] [parked] | invoice … | postings … | …`, only what there is. */
function textOf({
  charge: change,
  next,
  invoice: bill,
  order: its,
  postings,
  cardMark,
  staff,
  excessMinor,
}: Effects): string {
  const parked =
    change.parkedUntil === null || change.parkedUntil === 'never'
      ? ''
      : ` for ${(change.parkedUntil - now) / minuteMs} min`
  const capture = change.captureMinor === undefined ? '' : ` ${change.captureMinor}`
  const at = bill?.nextAttemptAt
  const when = at === null ? '' : at === tomorrow ? ' tomorrow' : at === now ? ' now' : ' later'
  return [
    `${change.status}${next ? ` then ${next}${capture}` : ''}${parked}${change.attemptUndone ? ' undone' : ''}`,
    bill
      ? `invoice ${bill.status}${bill.capturedMinor > 0n ? ` +${bill.capturedMinor}` : ''}${when}${bill.failure ? ` ${bill.failure.code}` : ''}`
      : '',
    its ? `order ${its.status}${its.failure ? ` ${its.failure.code}` : ''}${its.wantsCharge ? ' again' : ''}` : '',
    postings.map((posting) => `${posting.kind} ${posting.amountMinor}`).join(' '),
    cardMark ? `mark ${cardMark.mark}` : '',
    excessMinor > 0n ? `credit ${excessMinor}` : '',
    staff ? `staff ${staff}` : '',
  ]
    .filter((part) => part !== '')
    .join(' | ')
}

function check(what: keyof typeof learn, change: Change, expected: string) {
  const effects = decideOutcome(factsOf(change), learn[what], rules, now)
  const said = JSON.stringify(change, (_key, value) => (typeof value === 'bigint' ? String(value) : value))
  expect(textOf(effects), `${what} ${said}`).toBe(expected)
}

test('B8 a hold: captured for what is still due, given up for what is not', () => {
  check('held', {}, 'capturing then capture 1000')
  check('held', { invoice: { dueMinor: 400n } }, 'capturing then capture 400')
  check('held', { invoice: { dueMinor: 2000n } }, 'capturing then capture 1000')
  check('held', { invoice: { dueMinor: 0n, status: 'paid' } }, 'releasing then release')
  check('held', { status: 'unknown' }, 'capturing then capture 1000')
  check('held', { trigger: 'verification', invoice: null }, 'releasing then release')
  // Looked up after a capture that may have been sent: the same again, or nothing
  check('held', { status: 'capturing', captureMinor: 600n }, 'capturing then capture 600')
  check('held', { status: 'capturing', captureMinor: 600n, invoice: { dueMinor: 599n } }, 'releasing then release')
})

test('B13 an order: held until it ships, captured then, given up when cancelled', () => {
  const ordered = (status: OrderState['status'], more: Change = {}): Change => ({
    trigger: 'order',
    ...more,
    order: { status, ...more.order },
  })
  check('held', ordered('confirming'), 'held | order held')
  check('held', ordered('confirming', { trigger: 'staff' }), 'held | order held')
  check('held', ordered('held', { status: 'held' }), 'held')
  check('held', ordered('shipping', { status: 'held' }), 'capturing then capture 1000')
  check('held', ordered('cancelling', { status: 'held' }), 'releasing then release')
  check('held', ordered('cancelling', { status: 'unknown' }), 'releasing then release')
  check('needs_customer', ordered('confirming'), 'needs_customer for 60 min')
  check('needs_customer', ordered('cancelling', { status: 'needs_customer' }), 'releasing then release')
  check(
    'captured',
    ordered('shipping', { status: 'capturing' }),
    'captured | order shipped | order_net 900 order_tax 100',
  )
  // Taken by somebody at the gateway: a fact, whatever we had in mind
  check('captured', ordered('held', { status: 'held' }), 'captured | order held | order_net 900 order_tax 100')
  const excess = 'captured_in_excess 1000 | credit 1000 | staff captured_in_excess'
  check('captured', ordered('cancelling', { status: 'releasing' }), `captured | order cancelled | ${excess}`)
  check(
    'captured_less',
    ordered('shipping', { status: 'capturing' }),
    'captured | order failed processing_error | captured_in_excess 300 | credit 300 | staff captured_in_excess',
  )
  check('released', ordered('cancelling', { status: 'releasing' }), 'released | order cancelled')
  check('absent', ordered('cancelling', { sends: 0, firstSentAt: null }), 'not_executed undone | order cancelled')
})

test('B13 an order whose payment failed says so, and nothing tries it again', () => {
  const ordered = (status: OrderState['status'], more: Change = {}): Change => ({
    trigger: 'order',
    intendedAt: plusMs(now, -hourMs),
    ...more,
    order: { status, ...(status === 'shipping' ? { shippingAt: now } : {}) },
  })
  check('declined', ordered('confirming'), 'declined | order failed card_declined | mark null')
  check('declined', ordered('shipping', { status: 'capturing' }), 'declined | order failed card_declined | mark null')
  check('declined', ordered('cancelling'), 'declined | order cancelled | mark null')
  check('refused', ordered('confirming'), 'refused undone | order failed processing_error | staff charge_refused')
  // A question that nobody answered, a request that nobody heard: the payer may confirm again
  check('released', ordered('confirming', { status: 'releasing' }), 'released | order quoted')
  check(
    'absent',
    ordered('confirming', { sends: 3, lastSentAt: plusMs(now, -hourMs) }),
    'not_executed undone | order quoted',
  )
  check(
    'absent',
    ordered('confirming', { trigger: 'staff', sends: 3, lastSentAt: plusMs(now, -hourMs) }),
    'not_executed undone | order failed processing_error',
  )
  // A hold that ran out is replaced when it ships, once
  check('expired', ordered('held', { status: 'held' }), 'expired undone')
  check('expired', ordered('shipping', { status: 'held' }), 'expired undone | order shipping again')
  check(
    'expired',
    ordered('shipping', { status: 'capturing', intendedAt: now }),
    'expired undone | order failed processing_error',
  )
  check('unknown', ordered('shipping', { status: 'held' }), 'unknown for 1 min')
})

test('F18 money taken is always recorded, whatever we thought', () => {
  check('captured', {}, 'captured | invoice paid +1000 | captured 1000')
  check('captured', { status: 'unknown' }, 'captured | invoice paid +1000 | captured 1000')
  check(
    'captured',
    { status: 'releasing', invoice: { dueMinor: 0n, status: 'paid' } },
    'captured | invoice paid | captured_in_excess 1000 | credit 1000 | staff captured_in_excess',
  )
  check(
    'captured_more',
    {},
    'captured | invoice paid +1000 | captured 1000 captured_in_excess 200 | credit 200 | staff captured_in_excess',
  )
  check('captured_less', {}, 'captured | invoice outstanding +300 tomorrow | captured 300')
  check('captured', { mark: 'customer' }, 'captured | invoice paid +1000 | captured 1000 | mark null')
})

test('B9 B10 a decline: the next attempt is tomorrow’s, unless a person asked for this one', () => {
  check('declined', {}, 'declined | invoice outstanding tomorrow card_declined | mark null')
  check('lost', {}, 'declined | invoice outstanding tomorrow card_declined | mark never')
  check(
    'declined',
    { trigger: 'daily_retry', invoice: { status: 'outstanding' } },
    'declined | invoice outstanding tomorrow card_declined | mark null',
  )
  check(
    'declined',
    { trigger: 'activate', invoice: { status: 'outstanding', nextAttemptAt: plusMs(now, hourMs) } },
    'declined | invoice outstanding later card_declined | mark null',
  )
  check('declined', { invoice: { status: 'paid', dueMinor: 0n } }, 'declined | mark null')
  check('declined', { trigger: 'order', invoice: null }, 'declined | mark null')
})

test('B9 an attempt belongs to the day on which it was intended, however late it is settled', () => {
  const midnight = parseInstant('2027-02-02T00:10:00Z')
  const late = (what: keyof typeof learn, change: Change, at = midnight): string => {
    const effects = decideOutcome(factsOf(change), learn[what], rules, at)
    return `${effects.charge.status} ${effects.invoice?.nextAttemptAt === tomorrow ? 'tries at once' : textOf(effects)}`
  }
  expect(late('declined', {})).toBe('declined tries at once')
  expect(late('unknown', {})).toBe('unknown tries at once')
  expect(late('released', { status: 'releasing' })).toBe('released tries at once')
  expect(late('captured_less', { status: 'capturing' })).toBe('captured tries at once')
  // That morning’s retry time has come already: due now.
  expect(late('declined', {}, parseInstant('2027-02-02T09:30:00Z'))).toBe('declined tries at once')
  // Days that were skipped since, and recorded, are not made up for.
  const skipped = { invoice: { nextAttemptAt: parseInstant('2027-02-04T09:00:00Z') } }
  expect(late('declined', skipped, parseInstant('2027-02-03T12:00:00Z'))).toContain('outstanding later')
})

test('B18 what was given back is left to people; what was never paid is not', () => {
  const reopened = { invoice: { status: 'outstanding', dueMinor: 1000n, reopenedMinor: 300n } } as const
  check('held', reopened, 'capturing then capture 700')
  check('held', { ...reopened, amountMinor: 700n }, 'capturing then capture 700')
  check('held', { ...reopened, trigger: 'activate' }, 'capturing then capture 1000')
  check('held', { invoice: { reopenedMinor: 1000n } }, 'releasing then release')
  check('absent', { ...reopened, amountMinor: 700n }, 'intended then hold')
  check('absent', reopened, 'intended for 10 min')
  check('declined', reopened, 'declined | invoice outstanding tomorrow card_declined | mark null')
  check('captured_less', reopened, 'captured | invoice outstanding +300 tomorrow | captured 300')
  const rest = { invoice: { status: 'outstanding', dueMinor: 1200n, reopenedMinor: 200n } } as const
  check('captured', rest, 'captured | invoice outstanding +1000 | captured 1000')
  check('declined', { invoice: { reopenedMinor: 1000n } }, 'declined | invoice outstanding card_declined | mark null')
})

test('what a paused run sent is looked up, and not sent again', () => {
  const paused = { invoice: { runPaused: true } }
  check('absent', paused, 'intended for 10 min')
  check(
    'absent',
    { ...paused, lastSentAt: instant(now - 10 * minuteMs) },
    'not_executed undone | invoice scheduled now',
  )
  check('absent', { ...paused, trigger: 'activate' }, 'intended then hold')
  check('held', paused, 'capturing then capture 1000')
})

test('B3 a declined verification is given up before it counts as declined: nobody can confirm it later', () => {
  const verification = { trigger: 'verification', invoice: null } as const
  const declined = { ...verification, failureCode: 'card_declined' } as const
  check('declined', { ...verification, status: 'needs_customer' }, 'releasing for 0 min')
  check('released', { ...declined, status: 'releasing' }, 'declined')
  check('released', { ...verification, status: 'releasing' }, 'released')
  check('unknown', { ...declined, status: 'releasing' }, 'unknown for 1 min')
  // Confirmed again in that very moment, with whatever card: it is given up all the same.
  check('held', { ...declined, status: 'unknown' }, 'releasing then release')
  check('needs_customer', { ...declined, status: 'unknown' }, 'releasing then release')
})

test('F10 F20 what we do not know stays unknown, costs the day, and calls a person after a day', () => {
  check('unknown', {}, 'unknown for 1 min | invoice scheduled tomorrow')
  check('unknown', { status: 'capturing' }, 'unknown for 1 min | invoice scheduled tomorrow')
  check('unknown', { trigger: 'activate' }, 'unknown for 1 min')
  check('unknown', { status: 'unknown', unknownSince: instant(now - 10 * minuteMs) }, 'unknown for 10 min')
  check('unknown', { status: 'unknown', unknownSince: instant(now - 5 * hourMs) }, 'unknown for 60 min')
  check(
    'unknown',
    { status: 'unknown', unknownSince: instant(now - dayMs) },
    'unknown for 60 min | staff charge_unknown',
  )
  check('not_executed', {}, 'intended for 1 min')
  check('not_executed', { status: 'releasing' }, 'releasing for 1 min')
  check('not_executed', { status: 'capturing' }, 'capturing for 1 min')
  check('absent', { status: 'capturing', paymentId }, 'unknown for 1 min | invoice scheduled tomorrow')
})

test('F3 F5 F19 no trace at the gateway: sent again under its key while it is wanted, else never executed', () => {
  check('absent', {}, 'intended then hold')
  check('absent', { invoice: { cardId: 'another' } }, 'intended for 10 min')
  check('absent', { invoice: { dueMinor: 999n } }, 'intended for 10 min')
  check(
    'absent',
    { invoice: { cardId: null }, lastSentAt: instant(now - 10 * minuteMs) },
    'not_executed undone | invoice scheduled now',
  )
  check('absent', { sends: 3, lastSentAt: instant(now - 11 * minuteMs) }, 'not_executed undone | invoice scheduled now')
  check('absent', { trigger: 'activate', sends: 3, lastSentAt: instant(now - 11 * minuteMs) }, 'not_executed undone')
  check('absent', { trigger: 'verification', invoice: null, lastSentAt: instant(now - hourMs) }, 'not_executed undone')
  check(
    'absent',
    { firstSentAt: null, lastSentAt: null, sends: 0, invoice: { dueMinor: 0n, status: 'paid', nextAttemptAt: null } },
    'not_executed undone',
  )
})

test('our own fault is not a decline, and a hold that is gone is tried anew', () => {
  check('refused', {}, 'refused undone | invoice scheduled later | staff charge_refused')
  const again = { lastRefusedAt: instant(now - hourMs) }
  check('refused', { invoice: again }, 'refused undone | invoice scheduled tomorrow | staff charge_refused')
  const yesterday = { lastRefusedAt: instant(now - dayMs) }
  check('refused', { invoice: yesterday }, 'refused undone | invoice scheduled later | staff charge_refused')
  check('refused', { sends: 2 }, 'unknown for 1 min | invoice scheduled tomorrow')
  check('refused', { status: 'capturing' }, 'unknown for 1 min | invoice scheduled tomorrow')
  check('expired', { status: 'capturing' }, 'expired undone | invoice scheduled now')
  check('released', { status: 'releasing', invoice: { dueMinor: 0n, status: 'paid', nextAttemptAt: null } }, 'released')
  check('released', { status: 'unknown' }, 'released | invoice scheduled tomorrow')
  check('needs_customer', { trigger: 'activate' }, 'needs_customer for 60 min')
  check('needs_customer', { trigger: 'activate', status: 'needs_customer' }, 'needs_customer for 60 min')
  check(
    'needs_customer',
    { trigger: 'activate', status: 'needs_customer', lastSentAt: instant(now - hourMs) },
    'releasing then release',
  )
})

const facts = fc
  .record({
    // Only orders rest in `held`.
    status: fc.constantFrom(...unsettledStatuses.filter((status) => status !== 'held')),
    trigger: fc.constantFrom('run', 'daily_retry', 'activate', 'card_registered', 'staff'),
    amountMinor: fc.bigInt({ min: 1n, max: 5000n }),
    dueMinor: fc.bigInt({ min: 0n, max: 5000n }),
    sends: fc.integer({ min: 0, max: 4 }),
    captured: fc.boolean(),
    known: fc.boolean(),
  })
  .map(
    ({ dueMinor, captured, known, ...rest }): ChargeFacts => ({
      ...charge,
      ...rest,
      paymentId: known || rest.status === 'capturing' || rest.status === 'releasing' ? paymentId : null,
      captureMinor: captured || rest.status === 'capturing' ? rest.amountMinor : null,
      invoice: {
        ...invoice,
        dueMinor,
        status: dueMinor === 0n ? 'paid' : 'outstanding',
        nextAttemptAt: dueMinor === 0n ? null : now,
      },
    }),
  )

test('whatever is learnt in whatever state: money is posted to the last unit, and nobody is left without a next step', () => {
  const possible: readonly (keyof typeof learn)[] = [
    'held',
    'captured',
    'captured_more',
    'captured_less',
    'released',
    'expired',
    'unknown',
    'not_executed',
    'refused',
  ]
  fc.assert(
    fc.property(facts, fc.constantFrom(...possible), (these, what) => {
      if (what === 'held' && these.status === 'releasing') return
      const learnt = learn[what]
      const effects = decideOutcome(these, learnt, rules, now)
      const { status, parkedUntil } = effects.charge
      const takenMinor = learnt.kind === 'captured' ? learnt.capturedMinor : 0n
      expect(effects.postings.reduce((sum, posting) => sum + posting.amountMinor, 0n)).toBe(takenMinor)
      expect((effects.invoice?.capturedMinor ?? 0n) + effects.excessMinor).toBe(takenMinor)
      expect(status in chargeStatuses).toBe(true)
      // Settled and let go of; or claimed with an act to do; or parked until a moment to come.
      const settled = isSettled(status as ChargeStatus)
      if (settled) expect(parkedUntil).toBe('never')
      else if (parkedUntil === null) expect(effects.next).not.toBeNull()
      else expect(parkedUntil !== 'never' && parkedUntil > now).toBe(true)
      // What is still due after a settled automatic charge is tried again, and never before it may be.
      const automatic = these.trigger === 'run' || these.trigger === 'daily_retry'
      const stillDue = (these.invoice?.dueMinor ?? 0n) - (effects.invoice?.capturedMinor ?? 0n) > 0n
      if (settled && automatic && stillDue) {
        const at = effects.invoice?.nextAttemptAt ?? null
        expect(at).not.toBeNull()
        if (!effects.charge.attemptUndone) expect(at).toBe(tomorrow)
      }
    }),
  )
})
