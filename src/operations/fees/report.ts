/** How a refused line is told: its number, what is wrong in words, and the same for machines. */
import type { FeeRefusal } from '../../domain/fee-refusal.ts'
import { fileProblemText, refusalText } from '../../texts/fee-errors.ts'
import type { Language } from '../../texts/language.ts'
import type { FeeFileError } from './fee-records.ts'

export interface LineReport {
  readonly line: number
  readonly code: FeeRefusal['code']
  /** The field that is wrong; null when it is the line itself. */
  readonly field: string | null
  readonly message: string
}

export function reportOf(
  { line, refusal }: { readonly line: number; readonly refusal: FeeRefusal },
  language: Language,
): LineReport {
  const field = 'field' in refusal ? refusal.field : null
  return { line, code: refusal.code, field, message: refusalText(refusal, language) }
}

export const fileErrorText = ({ problem }: FeeFileError, language: Language): string =>
  fileProblemText(problem, language)
