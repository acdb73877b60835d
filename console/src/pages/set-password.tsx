/** Where the link of an invitation or a reset leads: its secret stands behind the #, and goes to our server alone. */
import { useState } from 'react'
import { Link } from 'react-router'
import { api } from '../api/client.ts'
import { Button } from '../parts/button.tsx'
import { Field } from '../parts/field.tsx'
import { FormProblem } from '../parts/form-problem.tsx'
import { PageTitle } from '../parts/title.tsx'
import { signInTexts } from '../texts/sign-in.ts'
import { useForm } from '../use-form.ts'
import './sign-in.css'

export function Component() {
  const [token] = useState(() => decodeURIComponent(location.hash.slice(1)))
  const [done, setDone] = useState(false)
  const form = useForm(async ({ password = '' }) => {
    await api.POST('/api/password-resets/finish', { body: { token, password } })
    // Used: it does not stay in the browser's history.
    history.replaceState(null, '', location.pathname)
    setDone(true)
  })
  return (
    <div className="narrow stack">
      <PageTitle>{signInTexts.setTitle}</PageTitle>
      {done ? (
        <>
          <p role="status">{signInTexts.isSet}</p>
          <p>
            <Link className="button filled" to="/sign-in">
              {signInTexts.signIn}
            </Link>
          </p>
        </>
      ) : (
        <form className="stack" noValidate onSubmit={form.onSubmit}>
          <FormProblem form={form} />
          <Field
            autoComplete="new-password"
            label={signInTexts.newPassword}
            name="password"
            note={signInTexts.newPasswordNote}
            problem={form.problemOf('password')}
            required
            type="password"
          />
          {form.problem?.code === 'link_not_good' ? (
            <p>
              <Link to="/forgotten-password">{signInTexts.newLink}</Link>
            </p>
          ) : null}
          <Button busy={form.busy} busyLabel={signInTexts.setting} filled>
            {signInTexts.set}
          </Button>
        </form>
      )}
    </div>
  )
}
