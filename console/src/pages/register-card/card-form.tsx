/** The gateway's fields, what happens when they are submitted, and the one button that does it. */
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { Link } from 'react-router'
import { ApiProblem, type Schemas } from '../../api/client.ts'
import { money, month } from '../../format.ts'
import { appearanceOf, type CardElement, openGateway, submitCard } from '../../gateway.ts'
import { Button } from '../../parts/button.tsx'
import { BrandChip, brandName, CardLine } from '../../parts/card-line.tsx'
import { Section } from '../../parts/section.tsx'
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
  readonly finish: (registrationId: string) => Promise<Schemas['Registration']>
  readonly onFinished: (registration: Schemas['Registration']) => void
}

export function CardForm({ begun, settings, coverage, finish, onFinished }: CardFormProps) {
  const fields = useCardFields(begun)
  const [busy, setBusy] = useState(false)
  const online = useOnline()
  const { sumMinor } = begun?.willCharge ?? settings.registering
  const sum = money(sumMinor, coverage)

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (busy || !begun || !fields.submit) return
    setBusy(true)
    try {
      if (await fields.submit()) onFinished(await finish(begun.registrationId))
    } catch (problem) {
      fields.tell(problem instanceof ApiProblem && problem.code !== 'offline' ? problem.message : shellTexts.noAnswer)
    } finally {
      setBusy(false)
    }
  }
  return (
    <form className="ledger" noValidate onSubmit={(event) => void submit(event)}>
      <p className="prose register-lead">
        {settings.card
          ? registerTexts.replaces(<CardLine brand={settings.card.brand} last4={settings.card.last4} />, coverage.name)
          : registerTexts.forCoverage(coverage.name)}
      </p>
      <Section note={registerTexts.cardNote} title={registerTexts.card}>
        <div className="stack-tight">
          <div aria-busy={!fields.ready} className="card-fields" ref={fields.place} />
          {fields.problem ? (
            <p className="field-problem" role="alert">
              {fields.problem}
            </p>
          ) : null}
          <ul aria-label={registerTexts.brands} className="brands">
            {coverage.brands.map((brand) => (
              <li key={brand}>
                <BrandChip brand={brand} />
                <span className="unseen">{brandName(brand)}</span>
              </li>
            ))}
          </ul>
        </div>
      </Section>
      <ChargedAtOnce begun={begun} coverage={coverage} />
      <Section note={registerTexts.holdNote} title={registerTexts.hold}>
        <div className="stack-tight">
          <p className="prose">
            {begun?.holdMinor === 0
              ? registerTexts.checkBody
              : registerTexts.holdBody(money(begun?.holdMinor ?? 0, coverage))}
          </p>
          <p className="prose small">{registerTexts.laterHolds}</p>
        </div>
      </Section>
      <Section title="">
        <div className="stack-tight">
          <div className="buttons">
            {online ? (
              <Button
                busy={busy || !fields.ready}
                {...(busy ? { busyLabel: sumMinor > 0 ? registerTexts.registering : registerTexts.checking } : {})}
                filled
              >
                {sumMinor > 0 ? registerTexts.submitAndPay(sum) : registerTexts.submit}
              </Button>
            ) : (
              <p className="small">{shellTexts.offline}</p>
            )}
            <Link className="button" to={`/payment-settings/${coverage.coverage}`}>
              {registerTexts.cancel}
            </Link>
          </div>
          <p className="small prose">{registerTexts.ifItFails}</p>
        </div>
      </Section>
    </form>
  )
}

/** Before submitting: exactly what is charged the moment the card is registered, the same card included. */
function ChargedAtOnce({ begun, coverage }: { readonly begun: Begun | null; readonly coverage: Coverage }) {
  const planned = begun?.willCharge
  if (!planned || (planned.invoices.length === 0 && planned.waitingInvoices.length === 0)) return null
  return (
    <Section note={registerTexts.atOnceNote} title={registerTexts.atOnce}>
      <div className="stack">
        {planned.invoices.length > 0 ? (
          <table className="rows">
            <tbody>
              {planned.invoices.map(({ invoiceId, month: of, amountMinor }) => (
                <tr key={invoiceId}>
                  <th scope="row">{month(of)}</th>
                  <td className="number money">{money(amountMinor, coverage)}</td>
                </tr>
              ))}
            </tbody>
            <tfoot>
              <tr>
                <th scope="row">{registerTexts.whenYouSubmit}</th>
                <td className="number money">
                  <span className="total">{money(planned.sumMinor, coverage)}</span>
                </td>
              </tr>
            </tfoot>
          </table>
        ) : null}
        {planned.waitingMinor > 0 ? (
          <p className="prose small">{registerTexts.waiting(money(planned.waitingMinor, coverage))}</p>
        ) : null}
        <p className="prose small">{registerTexts.confirmCredit}</p>
      </div>
    </Section>
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
          if (!submitted.tried) tell(submitted.message)
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
