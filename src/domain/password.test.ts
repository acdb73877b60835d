/** What a password must be, as a table. */
import { expect, test } from 'vitest'
import { type PasswordRefusal, refusePassword } from './password.ts'

const known = ['root@example.com', 'operations', null]

const cases: [password: string, refused: PasswordRefusal | null][] = [
  ['correct horse', null],
  ['nine char', 'password_too_short'],
  ['ten chars.', null],
  ['パスワードは長い方が', null],
  ['🔑🗝️🔒🔓', 'password_too_short'],
  [`${'x1y'.repeat(66)}zz`, null],
  ['x1y'.repeat(67), 'password_too_long'],
  ['ababababababab', 'password_guessable'],
  ['Root@Example.com', 'password_guessable'],
  ['OPERATIONS', 'password_guessable'],
  ['operations and more', null],
]
test.each(cases)('%j: %s', (password, refused) => expect(refusePassword(password, known)).toBe(refused))
