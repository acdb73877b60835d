/** The gateway's fields, what happens when they are submitted, and the one button that does it. */
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { Link } from 'react-router'
import { money, month } from '../../format.ts'
import { appearanceOf, type CardElement, openGateway, submitCard } from '../../gateway.ts'
import { Button } from '../../parts/button.tsx'
import { BrandChip, brandName, CardLine } from '../../parts/card-line.tsx'
import { useOnline } from '../../shell/stale.tsx'
import { registerTexts } from '../../texts/register-card.tsx'
import { shellTexts } from '../../texts/shell.ts'
import type { Coverage, Settings } from '../payment-settings/page.tsx'
import type { Begun } from './page.tsx'

interface CardFormProps {
  /** Null while the registration is being opened. */
  readonly begun: Begun | null
  readonly settings: Settings
  readonly coverage: Coverage
  /** The bank has spoken: our server knows, or will. */
  readonly onSubmitted: (registrationId: string) => void
}

export function CardForm({ begun, settings, coverage, onSubmitted }: CardFormProps) {
  const fields = useCardFields(begun)
  const [busy, setBusy] = useState(false)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (busy || !begun || !fields.submit) return
    setBusy(true)
    try {
      if (await fields.submit()) onSubmitted(begun.registrationId)
    } catch {
      fields.tell(shellTexts.noAnswer)
    } finally {
      setBusy(false)
    }
  }
  return (
    <form className="register" noValidate onSubmit={(event) => void submit(event)}>
      <p className="prose register-lead">
        {settings.card
          ? registerTexts.replaces(<CardLine brand={settings.card.brand} last4={settings.card.last4} />, coverage.name)
          : registerTexts.forCoverage(coverage.name)}
      </p>
      <section aria-labelledby="card-title" className="register-card stack">
        <div>
          <h2 className="section-title" id="card-title">
            {registerTexts.card}
          </h2>
          <p className="section-note">{registerTexts.cardNote}</p>
        </div>
        <div className="stack-tight">
          <div aria-busy={!fields.ready} className="card-fields" ref={fields.place} />
          {fields.problem ? (
            <p className="field-problem" role="alert">
              {fields.problem}
            </p>
          ) : null}
          <Brands coverage={coverage} />
        </div>
      </section>
      <Charge busy={busy} coverage={coverage} ready={fields.ready} settings={settings} />
      <Hold begun={begun} coverage={coverage} />
    </form>
  )
}

const Brands = ({ coverage }: { readonly coverage: Coverage }) => (
  <p className="brands">
    {coverage.brands.map((brand) => (
      <BrandChip brand={brand} key={brand} />
    ))}
    <span className="small">
      <span className="unseen">{registerTexts.brands}: </span>
      {coverage.brands.map(brandName).join(registerTexts.listComma)}
    </span>
  </p>
)

interface ChargeProps {
  readonly settings: Settings
  readonly coverage: Coverage
  readonly busy: boolean
  readonly ready: boolean
}

/** Exactly what is charged the moment the card is registered, the same card included, and the one button that does it. */
function Charge({ settings: { registering, card }, coverage, busy, ready }: ChargeProps) {
  const online = useOnline()
  const sum = money(registering.sumMinor, coverage)
  const pays = registering.invoices.length > 0
  return (
    <section aria-labelledby="charge-title" className="register-charge panel stack">
      <h2 className="section-title" id="charge-title">
        {registerTexts.atOnce}
      </h2>
      {pays ? <p className="sum money">{sum}</p> : <p className="prose">{registerTexts.nothingAtOnce}</p>}
      {pays ? (
        <>
          <table className="rows">
            <tbody>
              {registering.invoices.map(({ invoiceId, month: of, amountMinor }) => (
                <tr key={invoiceId}>
                  <th scope="row">{month(of)}</th>
                  <td className="number money">{money(amountMinor, coverage)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <p className="prose small">
            {registerTexts.atOnceNote} {registerTexts.confirmCredit}
          </p>
        </>
      ) : null}
      {registering.waitingMinor > 0 ? (
        <p className="prose small">{registerTexts.waiting(money(registering.waitingMinor, coverage))}</p>
      ) : null}
      {online ? (
        <div className="buttons">
          <Button busy={busy || !ready} {...(busy ? { busyLabel: registerTexts.checking } : {})} filled>
            {pays ? registerTexts.submitAndPay(sum) : registerTexts.submit}
          </Button>
          <Link className="button" to={`/payment-settings/${coverage.coverage}`}>
            {registerTexts.cancel}
          </Link>
        </div>
      ) : (
        <p className="small">{shellTexts.offline}</p>
      )}
      <p className="small prose">{card ? registerTexts.ifItFails : registerTexts.ifItFailsWithout}</p>
    </section>
  )
}

function Hold({ begun, coverage }: { readonly begun: Begun | null; readonly coverage: Coverage }) {
  return (
    <section aria-labelledby="hold-title" className="register-hold stack-tight">
      <div>
        <h2 className="section-title" id="hold-title">
          {registerTexts.hold}
        </h2>
        <p className="section-note">{registerTexts.holdNote}</p>
      </div>
      <p className="prose">
        {begun === null ? (
          <span className="bone hold-bone" />
        ) : begun.holdMinor === 0 ? (
          registerTexts.checkBody
        ) : (
          registerTexts.holdBody(money(begun.holdMinor, coverage))
        )}
      </p>
      <p className="prose small">{registerTexts.laterHolds}</p>
    </section>
  )
}

/** Mounts the gateway's fields once a registration is open. */
function useCardFields(begun: Begun | null) {
  const place = useRef<HTMLDivElement>(null)
  const [problem, tell] = useState<string | null>(null)
  const [mounted, setMounted] = useState<{ readonly submit: () => Promise<boolean> } | null>(null)
  useEffect(() => {
    if (!begun || !place.current) return
    let card: CardElement | null = null
    let left = false
    const mount = async (inside: HTMLElement) => {
      const gateway = await openGateway(begun)
      if (left) return
      card = gateway.elements({ appearance: appearanceOf(inside) }).create('card')
      const opened = card
      opened.on('change', ({ error }) => tell(error?.message ?? null))
      opened.on('ready', () => {
        const submit = async () => {
          tell(null)
          const submitted = await submitCard(gateway, begun.clientSecret, opened)
          if (!submitted.tried) tell(submitted.message || registerTexts.notSent)
          return submitted.tried
        }
        setMounted({ submit })
      })
      opened.mount(inside)
    }
    mount(place.current).catch(() => tell(registerTexts.noFields))
    return () => {
      left = true
      setMounted(null)
      card?.destroy()
    }
  }, [begun])
  return { place, problem, tell, ready: mounted !== null, submit: mounted?.submit ?? null }
}
