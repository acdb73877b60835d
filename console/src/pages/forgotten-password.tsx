/** A link to set a new password: the answer is the same whether or not somebody has the address. */
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
  const [asked, setAsked] = useState(false)
  const form = useForm(async ({ email = '' }) => {
    await api.POST('/api/password-resets', { body: { email, staff: false } })
    setAsked(true)
  })
  return (
    <div className="narrow stack">
      <PageTitle>{signInTexts.forgottenTitle}</PageTitle>
      {asked ? (
        <p className="prose" role="status">
          {signInTexts.linkSent}
        </p>
      ) : (
        <form className="stack" noValidate onSubmit={form.onSubmit}>
          <p className="prose">{signInTexts.forgottenLead}</p>
          <FormProblem form={form} />
          <Field
            autoComplete="username"
            label={signInTexts.email}
            name="email"
            problem={form.problemOf('email')}
            required
            type="email"
          />
          <Button busy={form.busy} busyLabel={signInTexts.sending} filled>
            {signInTexts.send}
          </Button>
          <p className="small">{signInTexts.samForgotten}</p>
        </form>
      )}
      <p>
        <Link to="/sign-in">{signInTexts.backToSignIn}</Link>
      </p>
    </div>
  )
}
