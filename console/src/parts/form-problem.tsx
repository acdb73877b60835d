/** What the server said about a form as a whole, above its fields. */
import type { Form } from '../use-form.ts'

export const FormProblem = ({ form }: { readonly form: Form }) =>
  form.sentence ? (
    <p className="wrong" role="alert">
      {form.sentence}
    </p>
  ) : null
