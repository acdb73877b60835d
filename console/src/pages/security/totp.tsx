/** One-time passwords, a step at a time: the password, the code to scan, a first code, and the backup codes shown once. */
import { type ReactNode, useState } from 'react'
import { answerOf, api } from '../../api/client.ts'
import { meQuery, queries } from '../../api/queries.ts'
import { Button } from '../../parts/button.tsx'
import { Field } from '../../parts/field.tsx'
import { FormProblem } from '../../parts/form-problem.tsx'
import { QrCode } from '../../parts/qr-code.tsx'
import { securityTexts } from '../../texts/security.ts'
import { signInTexts } from '../../texts/sign-in.ts'
import { type Form, useForm } from '../../use-form.ts'

type Step =
  | { readonly at: 'rest' }
  | { readonly at: 'scan'; readonly secret: string; readonly uri: string }
  | { readonly at: 'codes'; readonly backupCodes: readonly string[] }
  | { readonly at: 'begin' | 'remove' }

const meChanged = () => queries.invalidateQueries({ queryKey: meQuery.queryKey })

export function OneTimePasswords({ isOn }: { readonly isOn: boolean }) {
  const [step, setStep] = useState<Step>({ at: 'rest' })
  const begin = useForm(async ({ password = '' }) => {
    setStep({ at: 'scan', ...(await answerOf(api.POST('/api/totp', { body: { password } }))) })
  })
  const confirm = useForm(async ({ code = '' }) => {
    const { backupCodes } = await answerOf(api.POST('/api/totp/confirm', { body: { code } }))
    setStep({ at: 'codes', backupCodes })
    await meChanged()
  })
  const remove = useForm(async ({ password = '', code = '' }) => {
    await api.POST('/api/totp/remove', { body: { password, code } })
    setStep({ at: 'rest' })
    await meChanged()
  })
  const cancel = () => setStep({ at: 'rest' })
  switch (step.at) {
    case 'rest':
      return (
        <div className="stack">
          <p className="prose">{isOn ? securityTexts.isOn : securityTexts.isOff}</p>
          <Button onPress={() => setStep({ at: isOn ? 'remove' : 'begin' })}>
            {isOn ? securityTexts.turnOff : securityTexts.turnOn}
          </Button>
        </div>
      )
    case 'begin':
      return (
        <StepForm cancel={cancel} form={begin} submit={securityTexts.next}>
          <p className="prose">{securityTexts.askPassword}</p>
          <Present form={begin} />
        </StepForm>
      )
    case 'scan':
      return (
        <StepForm cancel={cancel} form={confirm} submit={securityTexts.turnOn}>
          <p className="prose">{securityTexts.scan}</p>
          <QrCode label={securityTexts.qr} text={step.uri} />
          <p className="small">
            {securityTexts.orType} <code>{step.secret.replaceAll(/(.{4})(?=.)/g, '$1 ')}</code>
          </p>
          <Code form={confirm} note={securityTexts.firstCode} />
        </StepForm>
      )
    case 'codes':
      return <BackupCodes backupCodes={step.backupCodes} done={cancel} />
    case 'remove':
      return (
        <StepForm cancel={cancel} form={remove} submit={securityTexts.turnOff}>
          <p className="prose">{securityTexts.turnOffLead}</p>
          <Present form={remove} />
          <Code form={remove} note={signInTexts.codeNote} />
        </StepForm>
      )
  }
}

interface StepProps {
  readonly form: Form
  readonly submit: string
  readonly cancel: () => void
  readonly children: ReactNode
}

const StepForm = ({ form, submit, cancel, children }: StepProps) => (
  <form className="stack security-form" noValidate onSubmit={form.onSubmit}>
    <FormProblem form={form} />
    {children}
    <div className="buttons">
      <Button busy={form.busy} busyLabel={signInTexts.setting} filled>
        {submit}
      </Button>
      <Button onPress={cancel}>{securityTexts.cancel}</Button>
    </div>
  </form>
)

const Present = ({ form }: { readonly form: Form }) => (
  <Field
    autoComplete="current-password"
    autoFocus
    label={securityTexts.present}
    name="password"
    problem={form.problemOf('password')}
    required
    type="password"
  />
)

const Code = ({ form, note }: { readonly form: Form; readonly note: string }) => (
  <Field
    autoComplete="one-time-code"
    label={signInTexts.code}
    name="code"
    note={note}
    problem={form.problemOf('code')}
    required
    spellCheck={false}
  />
)

/** Shown now and never again, so they can be kept before one goes on. */
function BackupCodes({ backupCodes, done }: { readonly backupCodes: readonly string[]; readonly done: () => void }) {
  const [kept, setKept] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(backupCodes.join('\n'))
    setKept(true)
  }
  return (
    <div className="stack">
      <p className="prose" role="status">
        <strong className="paid">{securityTexts.nowOn}</strong> {securityTexts.keepCodes}
      </p>
      <ul className="backup-codes">
        {backupCodes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <div className="buttons">
        <Button onPress={() => void copy()}>{kept ? securityTexts.copied : securityTexts.copy}</Button>
        <Button filled onPress={done}>
          {securityTexts.keptThem}
        </Button>
      </div>
    </div>
  )
}
