/** What is paid with, since when, and the story of the hold that proved the card. */
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { day, expiry, moment, money } from '../../format.ts'
import { BrandChip, CardLine } from '../../parts/card-line.tsx'
import { Section } from '../../parts/section.tsx'
import { settingsTexts } from '../../texts/payment-settings.ts'
import type { Coverage, Settings } from './page.tsx'

interface MethodProps {
  readonly settings: Settings
  readonly coverage: Coverage
}

export function MethodSection({ settings, coverage }: MethodProps) {
  const register = settings.allowedActions.find(({ action }) => action === 'register_card')
  return (
    <Section note={settingsTexts.methodNote(coverage.name)} title={settingsTexts.method}>
      <div className="stack">
        <Method coverage={coverage} settings={settings} />
        {register?.allowed ? (
          <p>
            <Link className="button" to={`/payment-settings/${coverage.coverage}/card`}>
              {register.label}
            </Link>
          </p>
        ) : (
          <p className="small">{register?.refused?.sentence}</p>
        )}
      </div>
    </Section>
  )
}

function Method({ settings, coverage }: MethodProps): ReactNode {
  const { method, card, trial } = settings
  if (card) return <Card card={card} coverage={coverage} registration={settings.registration} />
  if (method === 'trial' && trial) return <p className="prose">{settingsTexts.trial(day(trial.endsOn))}</p>
  return <p className="prose">{method === 'bank_transfer' ? settingsTexts.bankTransfer : settingsTexts.none}</p>
}

interface CardProps {
  readonly card: NonNullable<Settings['card']>
  readonly coverage: Coverage
  readonly registration: Settings['registration']
}

function Card({ card, coverage, registration }: CardProps) {
  return (
    <>
      <p className="method-card">
        <BrandChip brand={card.brand} />
        <CardLine brand={card.brand} last4={card.last4} />
      </p>
      <dl className="pairs">
        <dt>{settingsTexts.expires}</dt>
        <dd className={card.validity === 'valid' ? undefined : 'wrong'}>
          {expiry(card)}
          {card.validity === 'valid' ? null : ` · ${settingsTexts.validity[card.validity]}`}
        </dd>
        <dt>{settingsTexts.registered}</dt>
        <dd>{moment(card.registeredAt, coverage.timeZone)}</dd>
        {registration ? <HoldStory coverage={coverage} hold={registration.hold} /> : null}
      </dl>
    </>
  )
}

interface HoldProps {
  readonly hold: NonNullable<Settings['registration']>['hold']
  readonly coverage: Coverage
}

function HoldStory({ hold, coverage }: HoldProps) {
  if (hold.placedAt === null) return null
  const sum = money(hold.amountMinor, coverage)
  return (
    <>
      <dt>{settingsTexts.verification}</dt>
      <dd>
        {hold.status === 'released' ? settingsTexts.holdReleased(sum) : settingsTexts.holdPlaced(sum)}
        <p className="small">
          {moment(hold.releasedAt ?? hold.placedAt, coverage.timeZone)}. {settingsTexts.noMoneyTaken}
        </p>
      </dd>
    </>
  )
}
