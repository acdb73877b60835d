/** Detail: Activate with the exact sum, what happened on each day, what happens next, and the common causes (B10, B11). */
import { useQuery } from '@tanstack/react-query'
import { useParams } from 'react-router'
import { coveragesQuery, settingsQuery } from '../../api/queries.ts'
import { Back } from '../../parts/back.tsx'
import { PageTitle } from '../../parts/title.tsx'
import { Failed } from '../../shell/broken.tsx'
import { useMe } from '../../shell/signed-in.tsx'
import { detailTexts } from '../../texts/detail.ts'
import { registerTexts } from '../../texts/register-card.tsx'
import type { Coverage, Settings } from '../payment-settings/page.tsx'
import { RootOnly } from '../payment-settings/root-only.tsx'
import { SupportLink } from '../payment-settings/support.tsx'
import { ActivatePanel } from './activate.tsx'
import { Timelines } from './timelines.tsx'
import './detail.css'

export function Component() {
  const me = useMe()
  const { coverage = '' } = useParams()
  return me.kind === 'root' ? <OfCoverage accountId={me.accountId} code={coverage} key={coverage} /> : <RootOnly />
}

function OfCoverage({ accountId, code }: { readonly accountId: string; readonly code: string }) {
  const { data: settings, dataUpdatedAt, error, refetch } = useQuery(settingsQuery(accountId, code))
  const { data: coverages } = useQuery(coveragesQuery)
  const coverage = coverages?.items.find((one) => one.coverage === code)
  if (error && !settings) return <Failed again={() => void refetch()} problem={error} />
  if (!settings || !coverage) return null
  const { invoices } = settings.outstanding
  return (
    <>
      <Back to={`/payment-settings/${code}`}>{registerTexts.back(coverage.name)}</Back>
      <PageTitle>{detailTexts.title}</PageTitle>
      <p className="prose small">{detailTexts.lead(coverage.name, invoices.length)}</p>
      <div className="detail">
        <div className="detail-act">
          <ActivatePanel coverage={coverage} readAtWall={dataUpdatedAt} settings={settings} />
        </div>
        {invoices.length > 0 ? <Causes coverage={coverage} settings={settings} /> : null}
        <div className="detail-story">
          {invoices.length > 0 ? (
            <Timelines coverage={coverage} settings={settings} />
          ) : (
            <p className="prose">{detailTexts.nothingOutstanding}</p>
          )}
        </div>
      </div>
    </>
  )
}

function Causes({ settings, coverage }: { readonly settings: Settings; readonly coverage: Coverage }) {
  const [banner] = settings.banners
  return (
    <div className="detail-causes">
      <h2 className="section-title">{detailTexts.causes}</h2>
      <dl className="causes">
        {detailTexts.commonCauses.map(({ cause, help }) => (
          <div key={cause}>
            <dt>{cause}</dt>
            <dd className="small">{help}</dd>
          </div>
        ))}
      </dl>
      <p className="small">
        {detailTexts.onlyIssuer}{' '}
        <SupportLink
          code={banner?.code ?? null}
          coverage={coverage}
          invoiceIds={settings.outstanding.invoices.map(({ invoiceId }) => invoiceId)}
        />
      </p>
    </div>
  )
}
