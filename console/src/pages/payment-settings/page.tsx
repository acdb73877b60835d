/** Payment Settings of one coverage: what is wrong and what helps, what is paid with, what is outstanding. Root only. */
import { useQuery } from '@tanstack/react-query'
import { useParams } from 'react-router'
import type { Schemas } from '../../api/client.ts'
import { coveragesQuery, settingsQuery } from '../../api/queries.ts'
import { PageTitle } from '../../parts/title.tsx'
import { Failed } from '../../shell/broken.tsx'
import { useMe } from '../../shell/signed-in.tsx'
import { settingsTexts } from '../../texts/payment-settings.ts'
import { Banners } from './banner.tsx'
import { CoverageSwitch } from './coverage-switch.tsx'
import { HistorySection } from './history.tsx'
import { MethodSection } from './method.tsx'
import { OutstandingSection } from './outstanding.tsx'
import { PersistSection } from './persist.tsx'
import { RootOnly } from './root-only.tsx'
import { StateSection } from './state.tsx'
import './payment-settings.css'

export type Settings = Schemas['PaymentSettings']
export type Coverage = Schemas['Coverage']

export function Component() {
  const me = useMe()
  const { coverage } = useParams()
  if (me.kind !== 'root') return <RootOnly />
  if (coverage === undefined) return <PageTitle>{settingsTexts.title}</PageTitle>
  return <OfCoverage accountId={me.accountId} code={coverage} key={coverage} />
}

function OfCoverage({ accountId, code }: { readonly accountId: string; readonly code: string }) {
  const { data: settings, error, refetch } = useQuery(settingsQuery(accountId, code))
  const { data: coverages } = useQuery(coveragesQuery)
  const coverage = coverages?.items.find((one) => one.coverage === code)
  if (error && !settings) return <Failed again={() => void refetch()} problem={error} />
  return (
    <>
      <PageTitle>{settingsTexts.title}</PageTitle>
      <CoverageSwitch accountId={accountId} current={code} />
      {settings && coverage ? (
        <>
          <Banners coverage={coverage} settings={settings} />
          <div className="ledger">
            <StateSection coverage={coverage} settings={settings} />
            <MethodSection coverage={coverage} settings={settings} />
            <OutstandingSection coverage={coverage} settings={settings} />
            <HistorySection accountId={accountId} coverage={coverage} />
            <PersistSection coverage={coverage} settings={settings} />
          </div>
        </>
      ) : null}
    </>
  )
}
