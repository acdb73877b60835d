/**
 * Charges as they happen: each month's row goes its own way from waiting to paid or failed, and when the bank asks the payer
 * something, the question is opened. All of it is read from the payment settings, which are polled meanwhile.
 */
import { useEffect, useRef, useState } from 'react'
import { answerOf, api } from '../api/client.ts'
import { settingsChanged } from '../api/queries.ts'
import { money, month } from '../format.ts'
import { openGateway } from '../gateway.ts'
import type { Coverage, Settings } from '../pages/payment-settings/page.tsx'
import { attemptTexts } from '../texts/attempts.ts'
import { Button } from './button.tsx'

export interface Planned {
  readonly invoiceId: string
  readonly month: string
  readonly amountMinor: number
}

interface AttemptsProps {
  readonly planned: readonly Planned[]
  readonly settings: Settings
  readonly coverage: Coverage
  /** False: these settings were read before the attempts were asked for, so what they say of a failure is an older one's. */
  readonly fresh: boolean
}

export type AttemptState = 'waiting' | 'asking' | 'question' | 'paid' | 'failed'

export function Attempts({ planned, settings, coverage, fresh }: AttemptsProps) {
  const states = planned.map((plan) => ({ ...plan, state: fresh ? stateOf(plan, settings) : ('waiting' as const) }))
  const failure = settings.banners.find(({ kind }) => kind === 'payment_failed')
  const question = settings.attempts.find(({ status }) => status === 'needs_customer')
  const isOver = states.every(({ state }) => state === 'paid' || state === 'failed')
  const paidMinor = states.reduce((sum, { state, amountMinor }) => (state === 'paid' ? sum + amountMinor : sum), 0)
  return (
    <div className="stack">
      <table className="rows">
        <caption className="unseen">{attemptTexts.caption}</caption>
        <tbody>
          {states.map(({ invoiceId, month: of, amountMinor, state }) => (
            <tr key={invoiceId}>
              <th scope="row">{month(of)}</th>
              <td>
                <span className={`state ${state}`}>{attemptTexts.states[state]}</span>
              </td>
              <td className="number money">{money(amountMinor, coverage)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {question ? (
        <Question
          accountId={settings.accountId}
          chargeId={question.chargeId}
          key={question.chargeId}
          onAnswered={() => settingsChanged(settings.accountId)}
        />
      ) : null}
      <div aria-live="polite">
        {isOver && paidMinor > 0 ? (
          <p className="paid rises">
            <strong>{attemptTexts.paid(money(paidMinor, coverage))}</strong>
          </p>
        ) : null}
        {isOver && failure && states.some(({ state }) => state === 'failed') ? (
          <p className="prose rises">
            <strong className="wrong">{attemptTexts.notPaid}</strong> {failure.reason} {failure.advice}{' '}
            {failure.automatic} <code>{failure.code}</code>
          </p>
        ) : null}
      </div>
    </div>
  )
}

/** Asked for, it waits or is at work until it has ended: what is neither is paid or not. */
function stateOf({ invoiceId }: Planned, { waiting, attempts, outstanding }: Settings): AttemptState {
  const attempt = attempts.find((one) => one.invoiceId === invoiceId)
  if (attempt) return attempt.status === 'needs_customer' ? 'question' : 'asking'
  if (waiting.some((one) => one.invoiceId === invoiceId)) return 'waiting'
  return outstanding.invoices.some((one) => one.invoiceId === invoiceId) ? 'failed' : 'paid'
}

interface QuestionProps {
  readonly accountId: string
  readonly chargeId: string
  readonly onAnswered: () => Promise<void>
}

/** Opened by itself once, since the payer is there; closed without an answer it can be opened again. */
export function Question({ accountId, chargeId, onAnswered }: QuestionProps) {
  const [problem, setProblem] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const opened = useRef(false)
  const ask = async () => {
    setBusy(true)
    setProblem(null)
    const params = { path: { accountId, chargeId } }
    try {
      const question = await answerOf(api.GET('/api/accounts/{accountId}/charges/{chargeId}/question', { params }))
      const { error } = await (await openGateway(question)).handleNextAction({ clientSecret: question.clientSecret })
      if (error) setProblem(error.message ?? attemptTexts.notAnswered)
      await api.POST('/api/accounts/{accountId}/charges/{chargeId}/continue', { params })
    } catch (thrown) {
      setProblem(thrown instanceof Error ? thrown.message : String(thrown))
    } finally {
      setBusy(false)
      await onAnswered()
    }
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each question, whatever is rendered meanwhile
  useEffect(() => {
    if (opened.current) return
    opened.current = true
    void ask()
  }, [])
  return (
    <div className="panel stack-tight">
      <p className="prose">{attemptTexts.bankAsks}</p>
      {problem ? (
        <p className="wrong" role="alert">
          {problem}
        </p>
      ) : null}
      <Button busy={busy} busyLabel={attemptTexts.answering} filled onPress={() => void ask()}>
        {attemptTexts.answer}
      </Button>
    </div>
  )
}
