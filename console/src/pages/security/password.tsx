/** A new password; every other session of the same sign-in ends. */
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { queries, sessionsQuery } from '../../api/queries.ts'
import { Button } from '../../parts/button.tsx'
import { Field } from '../../parts/field.tsx'
import { FormProblem } from '../../parts/form-problem.tsx'
import { securityTexts } from '../../texts/security.ts'
import { signInTexts } from '../../texts/sign-in.ts'
import { useForm } from '../../use-form.ts'

export function PasswordForm() {
  // A form that has been sent begins anew, empty.
  const [changes, setChanges] = useState(0)
  const form = useForm(async ({ password = '', newPassword = '' }) => {
    await api.PUT('/api/password', { body: { password, newPassword } })
    setChanges(changes + 1)
    await queries.invalidateQueries({ queryKey: sessionsQuery.queryKey })
  })
  return (
    <form className="stack security-form" key={changes} noValidate onSubmit={form.onSubmit}>
      <FormProblem form={form} />
      <Field
        autoComplete="current-password"
        label={securityTexts.present}
        name="password"
        problem={form.problemOf('password')}
        required
        type="password"
      />
      <Field
        autoComplete="new-password"
        label={signInTexts.newPassword}
        name="newPassword"
        note={signInTexts.newPasswordNote}
        problem={form.problemOf('newPassword')}
        required
        type="password"
      />
      <div className="buttons">
        <Button busy={form.busy} busyLabel={signInTexts.setting}>
          {securityTexts.change}
        </Button>
      </div>
      <p aria-live="polite" className="small">
        {changes > 0 ? securityTexts.changed : null}
      </p>
    </form>
  )
}
