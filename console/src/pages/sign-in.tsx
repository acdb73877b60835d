/** Sign-in of root users (e-mail) and SAM users (account id and user name), with a second factor when it is on. */
import { useState } from 'react'
import { Link, useNavigate, useSearchParams } from 'react-router'
import { answerOf, api, carryCsrfToken } from '../api/client.ts'
import { queries } from '../api/queries.ts'
import { Button } from '../parts/button.tsx'
import { Field } from '../parts/field.tsx'
import { FormProblem } from '../parts/form-problem.tsx'
import { PageTitle } from '../parts/title.tsx'
import { signInTexts } from '../texts/sign-in.ts'
import { useForm } from '../use-form.ts'
import './sign-in.css'

type Kind = 'root' | 'sam'

export function Component() {
  const [parameters] = useSearchParams()
  const [kind, setKind] = useState<Kind>('root')
  const [asksCode, setAsksCode] = useState(false)
  const navigate = useNavigate()
  const form = useForm(async ({ email = '', accountId = '', userName = '', password = '', code }) => {
    const secret = { password, ...(code ? { code } : {}) }
    const body =
      kind === 'root' ? { email, ...secret } : { accountId: accountId.trim().toUpperCase(), userName, ...secret }
    try {
      const { csrfToken } = await answerOf(api.POST('/api/sign-in', { body }))
      carryCsrfToken(csrfToken)
    } catch (problem) {
      if (codeOf(problem) === 'totp_required') return setAsksCode(true)
      throw problem
    }
    queries.clear()
    await navigate(nextOf(parameters), { replace: true })
  })
  return (
    <div className="narrow stack">
      <PageTitle>{signInTexts.title}</PageTitle>
      {parameters.has('over') ? <p className="prose">{signInTexts.over}</p> : null}
      <KindChoice kind={kind} setKind={setKind} />
      <form className="stack" noValidate onSubmit={form.onSubmit}>
        <FormProblem form={form} />
        {kind === 'root' ? (
          <Field
            autoComplete="username"
            label={signInTexts.email}
            name="email"
            problem={form.problemOf('email')}
            required
            type="email"
          />
        ) : (
          <>
            <Field
              autoCapitalize="characters"
              label={signInTexts.accountId}
              name="accountId"
              note={signInTexts.accountIdNote}
              problem={form.problemOf('accountId')}
              required
              spellCheck={false}
            />
            <Field
              autoComplete="username"
              label={signInTexts.userName}
              name="userName"
              problem={form.problemOf('userName')}
              required
              spellCheck={false}
            />
          </>
        )}
        <Field
          autoComplete="current-password"
          label={signInTexts.password}
          name="password"
          problem={form.problemOf('password')}
          required
          type="password"
        />
        {asksCode ? (
          <Field
            autoComplete="one-time-code"
            autoFocus
            label={signInTexts.code}
            name="code"
            note={signInTexts.codeNote}
            problem={form.problemOf('code')}
            required
            spellCheck={false}
          />
        ) : null}
        <Button busy={form.busy} busyLabel={signInTexts.signingIn} filled>
          {signInTexts.signIn}
        </Button>
        {kind === 'root' ? (
          <p>
            <Link to="/forgotten-password">{signInTexts.forgotten}</Link>
          </p>
        ) : (
          <p className="small">{signInTexts.samForgotten}</p>
        )}
      </form>
    </div>
  )
}

function KindChoice({ kind, setKind }: { readonly kind: Kind; readonly setKind: (kind: Kind) => void }) {
  return (
    <fieldset className="kinds">
      <legend className="unseen">{signInTexts.as}</legend>
      {(['root', 'sam'] as const).map((one) => (
        <label className="kind" key={one}>
          <input checked={kind === one} name="kind" onChange={() => setKind(one)} type="radio" value={one} />
          {signInTexts.kinds[one]}
        </label>
      ))}
    </fieldset>
  )
}

const codeOf = (problem: unknown) => (problem instanceof Object && 'code' in problem ? problem.code : null)

/** An address of ours alone: one that leads away is not followed. */
function nextOf(parameters: URLSearchParams): string {
  const next = URL.parse(parameters.get('next') ?? '/', location.origin)
  return next?.origin === location.origin ? `${next.pathname}${next.search}` : '/'
}
