/** The page's one message while nothing has failed: nothing is due, or something is at work. */
import { money } from '../../format.ts'
import { Section } from '../../parts/section.tsx'
import { settingsTexts } from '../../texts/payment-settings.ts'
import type { Coverage, Settings } from './page.tsx'

interface StateProps {
  readonly settings: Settings
  readonly coverage: Coverage
}

export function StateSection({ settings, coverage }: StateProps) {
  const { attempts, waiting, outstanding, banners, creditMinor } = settings
  const atWork = attempts.length > 0 || waiting.length > 0
  if (!atWork && banners.length > 0) return null
  const sum = [...attempts, ...waiting].reduce((total, { amountMinor }) => total + amountMinor, 0)
  return (
    <Section title={settingsTexts.state}>
      <div aria-live="polite" className="stack-tight">
        {atWork ? (
          <>
            <p className="message">{settingsTexts.beingCharged(money(sum, coverage))}</p>
            <p className="prose">{settingsTexts.weKeepAsking}</p>
          </>
        ) : outstanding.sumMinor === 0 ? (
          <p className="message">{settingsTexts.nothingDue}</p>
        ) : null}
        {creditMinor > 0 ? <p className="prose">{settingsTexts.credit(money(creditMinor, coverage))}</p> : null}
      </div>
    </Section>
  )
}
