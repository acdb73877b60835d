/** Whether an account is in good standing, what comes next, and what staff arrange about it (B16). */
import { z } from 'zod'
import type { Caller } from '../../domain/access.ts'
import { bucketOfAccount } from '../../domain/bucket.ts'
import { type Arranged, endExemption, exemptStanding, postponeStanding } from '../../operations/arrange-standing.ts'
import { previewAtMost, previewStanding } from '../../operations/preview-standing.ts'
import { fromTheBeginning, readChangedStandings, readStandings, standingOf } from '../../postgres/standing-reads.ts'
import { Problem } from '../errors.ts'
import { type Asked, route } from '../route.ts'
import {
  changeOut,
  changeView,
  foretoldOut,
  foretoldView,
  pollWord,
  readPollWord,
  standingOut,
  standingView,
} from '../standing-view.ts'
import { accountId, coverage, dayIn, ofAccount, ofCoverage } from '../wire.ts'

const note = z.string().trim().min(1).max(500).nullable().default(null).meta({ description: 'Why, for colleagues.' })
const problems = ['account_unknown', 'not_found'] as const

const nameOf = (caller: Caller): string => (caller.kind === 'staff' ? caller.name : caller.kind)

/** Where the account stands after what was arranged. */
async function arranged({ system, params, now }: Asked<z.output<typeof ofCoverage>>, done: Arranged) {
  if ('refused' in done) throw new Problem(done.refused)
  const row = await standingOf(system.db, { bucket: bucketOfAccount(params.accountId), ...params })
  if (!row) throw new Problem('account_unknown')
  return standingView(system, row, true, now)
}

export const standingRoutes = [
  route({
    operation: 'readStanding',
    method: 'GET',
    path: '/accounts/:accountId/standing',
    tag: 'Standing',
    summary: 'Where an account stands, per coverage',
    description:
      'Reminders and suspension count calendar days from the first automatic failure of the oldest unpaid invoice; ' +
      'what a payer tries by hand does not count. An account that pays is restored with its payment.',
    params: ofAccount,
    answer: {
      status: 200,
      description: 'One entry for each coverage that the account uses.',
      schema: z.object({ standings: z.array(standingOut) }),
    },
    problems: ['not_found'],
    handle: async ({ system, params, caller, now }) => {
      const rows = await readStandings(system.db, params.accountId)
      if (rows.length === 0) throw new Problem('not_found')
      return { standings: rows.map((row) => standingView(system, row, caller.kind === 'staff', now)) }
    },
  }),
  route({
    operation: 'listChangedStandings',
    method: 'GET',
    path: '/standings',
    tag: 'Standing',
    summary: 'Standings that changed since you last asked',
    description:
      'For platforms that interrupt and resume services. Ask without `since` once, then always with the `next` of the ' +
      'answer before: every change is answered, an account that changed several times with its latest. An account that ' +
      'never appeared is in good standing. Asking when nothing changed costs next to nothing.',
    query: z.strictObject({
      limit: z.coerce.number().int().min(1).max(500).default(100).meta({ description: 'Rows an answer, 1 to 500.' }),
      since: z.string().max(1000).optional().meta({ description: '`next` of the answer before.' }),
    }),
    answer: {
      status: 200,
      description: 'Changes, and where to go on.',
      schema: z.object({
        items: z.array(changeOut),
        next: z.string().meta({ description: 'Ask with this next time.' }),
        more: z.boolean().meta({ description: 'There may be more already: ask again at once.' }),
      }),
    },
    handle: async ({ system, query }) => {
      const from = query.since === undefined ? fromTheBeginning : readPollWord(query.since)
      const rows = await readChangedStandings(system.db, from, query.limit)
      const read = [...from]
      for (const { bucket, version } of rows) read[bucket] = version
      return { items: rows.map(changeView), next: pollWord(read), more: rows.length === query.limit }
    },
  }),
  route({
    operation: 'exemptStanding',
    method: 'PUT',
    path: '/accounts/:accountId/coverages/:coverage/standing/exemption',
    tag: 'Standing',
    summary: 'Exempt from reminders and suspension',
    description:
      'Through `until`, or until it is ended. One that is suspended is restored at once. Afterwards the last reminder is ' +
      'sent again before any suspension.',
    params: ofCoverage,
    body: z.strictObject({
      until: dayIn.nullable().meta({ description: 'Its last day; null: until it is ended.' }),
      note,
    }),
    answer: { status: 200, description: 'Where the account stands now.', schema: standingOut },
    problems: [...problems, 'day_in_the_past'],
    handle: async (asked) => {
      const { system, params, body, caller, now } = asked
      return arranged(asked, await exemptStanding(system, { ...params, ...body, by: nameOf(caller) }, now))
    },
  }),
  route({
    operation: 'endStandingExemption',
    method: 'DELETE',
    path: '/accounts/:accountId/coverages/:coverage/standing/exemption',
    tag: 'Standing',
    summary: 'End an exemption',
    params: ofCoverage,
    answer: { status: 200, description: 'Where the account stands now.', schema: standingOut },
    problems: [...problems, 'not_exempt'],
    handle: async (asked) => {
      const { system, params, caller, now } = asked
      return arranged(asked, await endExemption(system, { ...params, by: nameOf(caller) }, now))
    },
  }),
  route({
    operation: 'postponeStanding',
    method: 'PUT',
    path: '/accounts/:accountId/coverages/:coverage/standing/postponement',
    tag: 'Standing',
    summary: 'Postpone a suspension to a later day',
    description: 'Not suspended before `until`; one that is suspended is restored until then. Reminders go on.',
    params: ofCoverage,
    body: z.strictObject({ until: dayIn, note }),
    answer: { status: 200, description: 'Where the account stands now.', schema: standingOut },
    problems: [...problems, 'day_in_the_past'],
    handle: async (asked) => {
      const { system, params, body, caller, now } = asked
      return arranged(asked, await postponeStanding(system, { ...params, ...body, by: nameOf(caller) }, now))
    },
  }),
  route({
    operation: 'previewStandings',
    method: 'POST',
    path: '/standings/preview',
    tag: 'Standing',
    summary: 'What would happen if nothing is paid',
    description:
      `Of the accounts given, or of the ${previewAtMost} to whom something comes soonest: every reminder and suspension up ` +
      'to a day, by day. Nothing changes.',
    body: z.strictObject({
      accountIds: z.array(accountId).min(1).max(previewAtMost).optional(),
      coverage: coverage.optional(),
      until: dayIn,
    }),
    answer: {
      status: 200,
      description: 'In the order of days.',
      schema: z.object({
        items: z.array(foretoldOut),
        overdue: z.int().meta({ description: 'Accounts and coverages looked at that are overdue or suspended.' }),
        truncated: z.boolean().meta({ description: 'There may be more than were looked at.' }),
      }),
    },
    handle: async ({ system, body, now }) => {
      const { accountIds = null, coverage = null, until } = body
      const forecasts = await previewStanding(system, { accountIds, coverage, until }, now)
      const items = forecasts
        .flatMap(foretoldView)
        .sort((one, other) => (one.on < other.on ? -1 : one.on > other.on ? 1 : 0))
      return { items, overdue: forecasts.length, truncated: accountIds === null && forecasts.length === previewAtMost }
    },
  }),
]
