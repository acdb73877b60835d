/** One timeline for each outstanding invoice, a tab for each where there are several. */
import { useQuery } from '@tanstack/react-query'
import { type KeyboardEvent, useState } from 'react'
import { invoiceQuery } from '../../api/queries.ts'
import { dayOf, day as dayText, money, month, shortMoment } from '../../format.ts'
import { detailTexts } from '../../texts/detail.ts'
import type { Coverage, Settings } from '../payment-settings/page.tsx'
import { type Entry, storyOf } from './story.ts'

interface TimelinesProps {
  readonly settings: Settings
  readonly coverage: Coverage
}

type Outstanding = Settings['outstanding']['invoices'][number]

export function Timelines({ settings, coverage }: TimelinesProps) {
  const { invoices } = settings.outstanding
  const [chosen, choose] = useState(invoices[0]?.invoiceId)
  const shown = invoices.find(({ invoiceId }) => invoiceId === chosen) ?? invoices[0]
  if (!shown) return null
  const onKeyDown = ({ key, currentTarget }: KeyboardEvent) => {
    const step = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0
    const to = invoices[(invoices.indexOf(shown) + step + invoices.length) % invoices.length]
    if (step === 0 || !to) return
    choose(to.invoiceId)
    currentTarget.parentElement?.querySelector<HTMLElement>(`[data-invoice="${to.invoiceId}"]`)?.focus()
  }
  return (
    <section aria-label={detailTexts.whatHappened}>
      <div aria-label={detailTexts.invoices} className="tabs" role="tablist">
        {invoices.map((invoice) => (
          <button
            aria-controls="timeline"
            aria-selected={invoice === shown}
            data-invoice={invoice.invoiceId}
            key={invoice.invoiceId}
            onClick={() => choose(invoice.invoiceId)}
            onKeyDown={onKeyDown}
            role="tab"
            tabIndex={invoice === shown ? 0 : -1}
            type="button"
          >
            {month(invoice.month)}
          </button>
        ))}
      </div>
      <div id="timeline" role="tabpanel" aria-label={month(shown.month)}>
        <Timeline accountId={settings.accountId} coverage={coverage} key={shown.invoiceId} outstanding={shown} />
      </div>
    </section>
  )
}

interface TimelineProps {
  readonly accountId: string
  readonly coverage: Coverage
  readonly outstanding: Outstanding
}

function Timeline({ accountId, coverage, outstanding }: TimelineProps) {
  // What happened to it changes with what is due of it and when it failed.
  const { data: invoice } = useQuery(
    invoiceQuery(accountId, outstanding.invoiceId, `${outstanding.failure?.at}/${outstanding.chargeId}`),
  )
  return (
    <>
      <p className="timeline-head">
        <span className="small">{detailTexts.invoiceOf(month(outstanding.month))}</span>
        <span>
          <strong className="money">{money(outstanding.dueMinor, coverage)}</strong>{' '}
          <span className="wrong">{detailTexts.outstanding}</span>
        </span>
      </p>
      {invoice ? (
        <ol className="timeline">
          {storyOf(invoice, outstanding.nextAutomaticAttempt).map((entry, index, all) => (
            <Line
              coverage={coverage}
              entry={entry}
              // Vermilion is for now: the latest failure alone, while it is unpaid.
              isLatestFailure={entry.code !== null && all.findIndex(({ code }) => code !== null) === index}
              key={`${entry.what}${entry.to}`}
            />
          ))}
        </ol>
      ) : null}
      <p className="caption">{detailTexts.allTimes(coverage.timeZone)}</p>
    </>
  )
}

interface LineProps {
  readonly entry: Entry
  readonly coverage: Coverage
  readonly isLatestFailure: boolean
}

function Line({ entry, coverage, isLatestFailure }: LineProps) {
  const { kind, what, code, sentence, times, paid } = entry
  return (
    <li className={`entry ${kind}${isLatestFailure ? ' now' : ''}${paid ? ' arrived' : ''}`}>
      <p className="entry-head">
        <span className="caption">{whenText(entry, coverage)}</span>
        {code ? <code className={isLatestFailure ? 'wrong' : undefined}>{code}</code> : null}
      </p>
      <p className={kind === 'planned' ? 'entry-what strong' : 'entry-what'}>
        {kind === 'unknown'
          ? detailTexts.waitingForBank(detailTexts.whats[what](times))
          : detailTexts.whats[what](times)}
        {paid ? ` · ${detailTexts.paid}` : ''}
      </p>
      {sentence ? <p className="small">{sentence}</p> : null}
    </li>
  )
}

/** A day alone for what was skipped; a span for what was folded. */
function whenText({ kind, from, to, times }: Entry, { timeZone }: Coverage): string {
  if (to === '') return ''
  if (kind === 'skipped') return times === 1 ? dayText(to) : `${dayText(from)} – ${dayText(to)}`
  return times === 1 ? shortMoment(to, timeZone) : `${dayOf(from, timeZone)} – ${dayOf(to, timeZone)}`
}
