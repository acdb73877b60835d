/** A form that is sent once at a time; what the server refuses is told at the field it names, or above the form. */
import { type FormEvent, useState } from 'react'
import { ApiProblem } from './api/client.ts'
import { shellTexts } from './texts/shell.ts'

export interface Form {
  readonly busy: boolean
  /** What is wrong with the whole; null while nothing is. */
  readonly problem: ApiProblem | null
  readonly sentence: string | null
  problemOf(field: string): string | null
  onSubmit(event: FormEvent<HTMLFormElement>): void
}

export function useForm(send: (values: Readonly<Record<string, string>>) => Promise<void>): Form {
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<ApiProblem | null>(null)
  const submit = async (form: HTMLFormElement) => {
    setBusy(true)
    setProblem(null)
    try {
      await send(Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)])))
    } catch (thrown) {
      if (!(thrown instanceof ApiProblem)) throw thrown
      setProblem(thrown)
    } finally {
      setBusy(false)
    }
  }
  const sentence = problem?.code === 'offline' ? shellTexts.noAnswer : (problem?.message ?? null)
  return {
    busy,
    problem,
    sentence: problem && problem.fields.length > 0 ? null : sentence,
    problemOf: (field) => problem?.fields.find((one) => one.field === field)?.message ?? null,
    onSubmit: (event) => {
      event.preventDefault()
      if (!busy) void submit(event.currentTarget)
    },
  }
}
