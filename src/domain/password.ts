/** What a password must be. Length is what counts; what is told about its owner is none. */

export const passwordLengths = { least: 10, most: 200 } as const

export const passwordRefusals = ['password_too_short', 'password_too_long', 'password_guessable'] as const
export type PasswordRefusal = (typeof passwordRefusals)[number]

/** `known`: what everybody knows of its owner: e-mail, user name, account id. */
export function refusePassword(password: string, known: readonly (string | null)[]): PasswordRefusal | null {
  const length = [...password].length
  if (length < passwordLengths.least) return 'password_too_short'
  if (length > passwordLengths.most) return 'password_too_long'
  if (new Set(password).size < 4) return 'password_guessable'
  const folded = password.toLowerCase()
  return known.some((name) => name !== null && folded === name.toLowerCase()) ? 'password_guessable' : null
}
