/** Links between the coverages, with a mark on those where something failed. */
import { useQuery } from '@tanstack/react-query'
import { NavLink } from 'react-router'
import { coveragesQuery, summariesQuery } from '../../api/queries.ts'
import { settingsTexts } from '../../texts/payment-settings.ts'

export function CoverageSwitch({ accountId, current }: { readonly accountId: string; readonly current: string }) {
  const { data: summaries } = useQuery(summariesQuery(accountId))
  const { data: coverages } = useQuery(coveragesQuery)
  const items = summaries?.items ?? []
  return (
    <nav aria-label={settingsTexts.coverages} className="switch">
      {items.map(({ coverage, currency, hasProblem }) => (
        <NavLink
          className={hasProblem && coverage === current ? 'problem' : ''}
          key={coverage}
          to={`/payment-settings/${coverage}`}
        >
          {coverages?.items.find((one) => one.coverage === coverage)?.name ?? coverage}
          <span className="caption">{currency}</span>
          {hasProblem ? (
            <span className="dot">
              <span className="unseen">{settingsTexts.hasProblem}</span>
            </span>
          ) : null}
        </NavLink>
      ))}
    </nav>
  )
}
