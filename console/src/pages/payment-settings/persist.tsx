/** The contract's last advice, where a person would look for it; the link to support tells what it is about. */
import { Section } from '../../parts/section.tsx'
import { settingsTexts } from '../../texts/payment-settings.ts'
import type { Coverage, Settings } from './page.tsx'
import { SupportLink } from './support.tsx'

interface PersistProps {
  readonly settings: Settings
  readonly coverage: Coverage
}

export function PersistSection({ settings, coverage }: PersistProps) {
  const [banner] = settings.banners
  if (!banner) return null
  const invoiceIds = settings.outstanding.invoices.map(({ invoiceId }) => invoiceId)
  return (
    <Section title={settingsTexts.persists}>
      <div className="stack">
        <p className="prose">{settingsTexts.persistsBody}</p>
        <p>
          <SupportLink code={banner.code} coverage={coverage} invoiceIds={invoiceIds} orderId={banner.orderId} />
        </p>
      </div>
    </Section>
  )
}
