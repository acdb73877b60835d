/** Every attempt to take money: when it was held, captured or given up, with which card, and why it failed. */
import type { Schemas } from '../../api/client.ts'
import { moment, money } from '../../format.ts'
import { CardLine } from '../../parts/card-line.tsx'
import { billingTexts } from '../../texts/billing.ts'
import type { Coverage } from '../payment-settings/page.tsx'

interface ChargesProps {
  readonly charges: readonly Schemas['Charge'][]
  readonly coverage: Coverage
}

export function ChargesTable({ charges, coverage }: ChargesProps) {
  return (
    <ul className="charges">
      {charges.map((charge) => (
        <li key={charge.chargeId}>
          <p className="charge-head">
            <span>
              {charge.card ? <CardLine brand={charge.card.brand} last4={charge.card.last4} /> : billingTexts.noCard}
            </span>
            <span className="money">{money(charge.amountMinor, coverage)}</span>
          </p>
          <p className="charge-head small">
            <span>{stepsOf(charge, coverage).join(' · ')}</span>
            {charge.failure ? <code>{charge.failure.code}</code> : null}
          </p>
          {charge.failure ? <p className="small">{charge.failure.reason}</p> : null}
        </li>
      ))}
    </ul>
  )
}

/** In the order they happened. */
function stepsOf(charge: Schemas['Charge'], { timeZone }: Coverage): string[] {
  const at = (instant: string) => moment(instant, timeZone)
  const { heldAt, capturedAt, releasedAt, settledAt, intendedAt, failure } = charge
  const steps = [
    heldAt ? billingTexts.held(at(heldAt)) : null,
    capturedAt ? billingTexts.captured(at(capturedAt)) : null,
    releasedAt ? billingTexts.released(at(releasedAt)) : null,
    failure ? billingTexts.declined(at(settledAt ?? intendedAt)) : null,
  ].filter((step) => step !== null)
  if (steps.length > 0) return steps
  return [settledAt === null ? billingTexts.underWay(at(intendedAt)) : billingTexts.notMade(at(intendedAt))]
}
