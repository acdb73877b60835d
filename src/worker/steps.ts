/**
 * Everything the system does by itself, in order of urgency. A step asks which buckets have something due, and works
 * on one of them; what is due is a question to the tables, so any number of workers may ask at once.
 */
import type { Instant } from '../domain/calendar.ts'
import { attemptDueInvoices, attemptRequestedInvoices } from '../operations/attempt-invoices.ts'
import { beginClosingMonth, closeAccounts, planClosing } from '../operations/close-month.ts'
import { finishDueRegistrations } from '../operations/finish-due-registrations.ts'
import { handleGatewayEvents } from '../operations/handle-gateway-events.ts'
import { sweepStandings } from '../operations/judge-standings.ts'
import { expiryMonths, noticeExpiringCards } from '../operations/mail/notice-expiring-cards.ts'
import { bucketsWithMail, sendMessages } from '../operations/mail/send-messages.ts'
import { writeMessages } from '../operations/mail/write-messages.ts'
import { chargeShippingOrders } from '../operations/orders/ship-order.ts'
import { performDueCharges } from '../operations/perform-charges.ts'
import { performDueRefunds } from '../operations/perform-refunds.ts'
import {
  beginDailyReconciliation,
  dueReconciliations,
  planDailyReconciliations,
  reconcileSome,
} from '../operations/reconcile/reconcile.ts'
import { balancesToSettle, settleBalance } from '../operations/settle-balance.ts'
import type { System } from '../operations/system.ts'
import { endTrials, trialDays } from '../operations/trials.ts'
import { bucketsWithDueInvoices, bucketsWithRequests } from '../postgres/attempts.ts'
import { bucketsWithClaimsOfTheDead, bucketsWithDueCharges, releaseClaims } from '../postgres/charges.ts'
import { bucketsToClose } from '../postgres/closing.ts'
import { transaction } from '../postgres/database.ts'
import { bucketsWithExpiringCards } from '../postgres/expiring-cards.ts'
import { anyDueGatewayEvents } from '../postgres/gateway-events.ts'
import { bucketsWithOutbox } from '../postgres/mail-outbox.ts'
import { bucketsWithOrdersWantingCharge } from '../postgres/orders.ts'
import { bucketsWithDueRefunds } from '../postgres/refunds.ts'
import { anyRunToFinish, endClosing, finishRuns, readRuns } from '../postgres/runs.ts'
import { bucketsWithDueStandings } from '../postgres/standing.ts'
import { bucketsWithEndedTrials } from '../postgres/trials.ts'
import { bucketsWithDueVerifications } from '../postgres/verifications.ts'

/** One piece of work, in one bucket or (bucket 0) on a table without. */
export interface Work {
  readonly bucket: number
  run(atMost: AtMost): Promise<unknown>
}

/** How much one piece of work takes on. */
export interface AtMost {
  readonly rows: number
  /** Charges are claimed before they are made, and wait for their places at the gateway: see `wiring.ts`. */
  readonly charges: number
}

export const lanes = ['prompt', 'bulk', 'mail'] as const
export type Lane = (typeof lanes)[number]

export interface Step {
  readonly name: string
  /** `prompt` work is never behind `bulk` work: somebody waits for it. `mail` holds neither up, however slow its server. */
  readonly lane: Lane
  /** What there is to do at `now`; empty when nothing. */
  due(system: System, now: Instant): Promise<Work[]>
}

export const steps: readonly Step[] = [
  {
    name: 'take over what dead workers claimed',
    lane: 'prompt',
    due: async (system) =>
      inBuckets(await bucketsWithClaimsOfTheDead(system.db), (bucket) =>
        transaction(system.db, (tx) => releaseClaims(tx, bucket)),
      ),
  },
  {
    name: 'attempt what a person asked for',
    lane: 'prompt',
    due: async (system, now) =>
      inBuckets(await bucketsWithRequests(system.db), (bucket, { charges }) =>
        attemptRequestedInvoices(system, bucket, now, charges),
      ),
  },
  {
    name: 'finish registrations',
    lane: 'prompt',
    due: async (system, now) =>
      inBuckets(await bucketsWithDueVerifications(system.db, now), (bucket, { charges }) =>
        finishDueRegistrations(system, bucket, now, charges),
      ),
  },
  {
    name: 'replace holds of orders about to ship',
    lane: 'prompt',
    due: async (system, now) =>
      inBuckets(await bucketsWithOrdersWantingCharge(system.db, now), (bucket, { charges }) =>
        chargeShippingOrders(system, bucket, now, charges),
      ),
  },
  {
    name: 'perform charges',
    lane: 'prompt',
    due: async (system, now) =>
      inBuckets(await bucketsWithDueCharges(system.db, now), (bucket, { charges }) =>
        performDueCharges(system, bucket, now, charges),
      ),
  },
  {
    name: 'perform refunds',
    lane: 'prompt',
    due: async (system, now) =>
      inBuckets(await bucketsWithDueRefunds(system.db, now), (bucket, { charges }) =>
        performDueRefunds(system, bucket, now, charges),
      ),
  },
  {
    name: 'handle gateway events',
    lane: 'prompt',
    due: async (system, now) =>
      (await anyDueGatewayEvents(system.db))
        ? [{ bucket: 0, run: ({ charges }) => handleGatewayEvents(system, now, charges) }]
        : [],
  },
  {
    name: 'begin closing',
    lane: 'bulk',
    due: async (system, now) => {
      const due = await Promise.all(
        [...system.coverages.keys()].map(async (coverage) => ({
          coverage,
          plan: await planClosing(system, coverage, now),
        })),
      )
      return due.flatMap(({ coverage, plan }) =>
        plan ? [{ bucket: 0, run: () => beginClosingMonth(system, coverage, plan, now) }] : [],
      )
    },
  },
  {
    name: 'close accounts',
    lane: 'bulk',
    due: async (system, now) => {
      const closing = await runsClosing(system)
      const work = await Promise.all(
        closing.map(async (run) => {
          const buckets = await bucketsToClose(system.db, run.coverage, run.month)
          if (buckets.length === 0)
            return [{ bucket: 0, run: () => endClosing(system.db, run.coverage, run.month, now) }]
          return inBuckets(buckets, (bucket, { rows }) => closeAccounts(system, run, bucket, now, rows))
        }),
      )
      return work.flat()
    },
  },
  {
    name: 'attempt due invoices',
    lane: 'bulk',
    due: async (system, now) =>
      inBuckets(await bucketsWithDueInvoices(system.db, now), (bucket, { charges }) =>
        attemptDueInvoices(system, bucket, now, charges),
      ),
  },
  {
    name: 'remind, suspend, restore',
    lane: 'bulk',
    due: async (system, now) =>
      inBuckets(await bucketsWithDueStandings(system.db, now), (bucket, { rows }) =>
        sweepStandings(system, bucket, now, rows),
      ),
  },
  {
    name: 'end trials',
    lane: 'bulk',
    due: async (system, now) =>
      inBuckets(await bucketsWithEndedTrials(system.db, trialDays(system, now)), (bucket) =>
        endTrials(system, bucket, now),
      ),
  },
  {
    name: 'finish runs',
    lane: 'bulk',
    due: async (system, now) => {
      const due = await anyRunToFinish(system.db)
      return due ? [{ bucket: 0, run: () => finishRuns(system.db, now) }] : []
    },
  },
  {
    name: 'settle balances',
    lane: 'bulk',
    due: async (system, now) =>
      (await balancesToSettle(system, now)).map((coverage) => ({
        bucket: 0,
        run: () => settleBalance(system, coverage, now),
      })),
  },
  {
    name: 'notice expiring cards',
    lane: 'bulk',
    due: async (system, now) =>
      inBuckets(await bucketsWithExpiringCards(system.db, expiryMonths(system, now)), (bucket, { rows }) =>
        noticeExpiringCards(system, bucket, now, rows),
      ),
  },
  {
    name: 'begin the day’s reconciliations',
    lane: 'bulk',
    due: async (system, now) =>
      (await planDailyReconciliations(system, now)).map((plan) => ({
        bucket: 0,
        run: () => beginDailyReconciliation(system, plan, now),
      })),
  },
  {
    name: 'reconcile with the gateway',
    lane: 'bulk',
    due: async (system, now) =>
      (await dueReconciliations(system, now)).map(({ reconciliationId }) => ({
        bucket: 0,
        run: () => reconcileSome(system, reconciliationId, now),
      })),
  },
  {
    name: 'write messages',
    lane: 'mail',
    due: async (system, now) =>
      inBuckets(await bucketsWithOutbox(system.db), (bucket) => writeMessages(system, bucket, now)),
  },
  {
    name: 'send e-mail',
    lane: 'mail',
    due: async (system) =>
      inBuckets(await bucketsWithMail(system), (bucket, { rows }) => sendMessages(system, bucket, rows)),
  },
]

async function runsClosing(system: System) {
  const runs = await Promise.all([...system.coverages.keys()].map((coverage) => readRuns(system.db, coverage)))
  return runs.flat().filter((run) => run.status === 'closing')
}

const inBuckets = (buckets: readonly number[], run: (bucket: number, atMost: AtMost) => Promise<unknown>): Work[] =>
  buckets.map((bucket) => ({ bucket, run: (atMost) => run(bucket, atMost) }))
