/** A field with its label inside on top, and what is wrong with it below, tied to it for those who hear the page. */
import { type InputHTMLAttributes, useId } from 'react'

interface FieldProps extends Omit<InputHTMLAttributes<HTMLInputElement>, 'id'> {
  readonly label: string
  readonly note?: string | undefined
  readonly problem?: string | null | undefined
}

export function Field({ label, note, problem, ...input }: FieldProps) {
  const id = useId()
  const described = [problem ? `${id}-problem` : '', note ? `${id}-note` : ''].filter(Boolean).join(' ')
  return (
    <div className={problem ? 'field invalid' : 'field'}>
      <div className="field-box">
        <label htmlFor={id}>{label}</label>
        <input {...input} aria-describedby={described || undefined} aria-invalid={problem ? true : undefined} id={id} />
      </div>
      {note ? (
        <p className="caption" id={`${id}-note`}>
          {note}
        </p>
      ) : null}
      {problem ? (
        <p className="field-problem" id={`${id}-problem`}>
          {problem}
        </p>
      ) : null}
    </div>
  )
}
