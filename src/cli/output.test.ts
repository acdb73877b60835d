/** What is printed: exact in JSON, in line on a terminal, and an error that says what to do. */
import { describe, expect, test, vi } from 'vitest'
import { WrongWord } from '../operations/read-words.ts'
import { exitCodes } from './exit-codes.ts'
import { explain } from './explain.ts'
import { plural, printJson, table } from './output.ts'
import { CommandError } from './wire.ts'
import { wrapped } from './wrap.ts'

describe('JSON', () => {
  const check = (value: unknown, expected: string) => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    try {
      printJson(value)
      expect(write.mock.calls).toEqual([[`${expected}\n`]])
    } finally {
      write.mockRestore()
    }
  }
  test('a sum of money is an integer', () => check({ dueMinor: 31195n }, '{"dueMinor":31195}'))
  test('the largest integer that JSON holds', () => check([9007199254740991n], '[9007199254740991]'))
  test('F38 a larger one is refused, never rounded', () =>
    expect(() => printJson([9007199254740992n])).toThrow(/9007199254740992 is beyond/))
})

test('tables are as wide as what is in them', () => {
  const printed = table(
    ['', 'invoices', 'due'],
    [
      ['paid', '1,200', ''],
      ['outstanding', '7', '$3.00'],
    ],
    [1, 2],
  )
  expect(printed.split('\n')).toEqual([
    '             invoices    due',
    'paid            1,200',
    'outstanding         7  $3.00',
  ])
})

test('counts', () => {
  expect([plural(1, 'line'), plural(0, 'line'), plural(1200n, 'entry', 'entries')]).toEqual([
    '1 line',
    '0 lines',
    '1,200 entries',
  ])
})

test('text stays within 80 columns, Japanese too', () => {
  const check = (head: string, text: string, lines: number) => {
    const printed = wrapped(head, text).split('\n')
    expect(printed).toHaveLength(lines)
    for (const line of printed) {
      expect([...line].reduce((sum, character) => sum + (character > '\u2e80' ? 2 : 1), 0)).toBeLessThanOrEqual(80)
    }
    expect(printed.join('').replaceAll(' ', '')).toBe((head + text).replaceAll(' ', ''))
  }
  check('06:00  event   g   ', 'short', 1)
  check('06:00  skip    g   ', 'Your card issuer does not allow this card to be tried again. Another may be.', 2)
  check('06:00  skip    g   ', 'カード会社がこのカードでの再決済を認めていません。別のカードは今すぐ登録できます。', 2)
  check('  ', `a ${'x'.repeat(100)} b`.slice(0, 60), 1)
})

describe('errors', () => {
  const check = (problem: unknown, exitCode: number, message: RegExp) => {
    expect(explain(problem).message).toMatch(message)
    expect(explain(problem).exitCode).toBe(exitCode)
  }
  test('a command’s own', () => check(new CommandError('no such account', exitCodes.notFound), 3, /^no such account$/))
  test('a wrong word', () => check(new WrongWord('"27" is no month'), 5, /^"27" is no month$/))
  test('a sentence of ours', () => check(new Error('the disk is full'), 1, /^the disk is full$/))
  test('a fault of ours shows where', () => check(new TypeError('x is not a function'), 1, /\n +at /))
  test('several refusals of one address', () => {
    const refused = Object.assign(new AggregateError([new Error('connect ECONNREFUSED ::1:5432')]), {
      code: 'ECONNREFUSED',
    })
    check(refused, 1, /is PostgreSQL running there\? \(connect ECONNREFUSED ::1:5432\)$/)
  })
  test('something that is no error', () => check('gone', 1, /^gone$/))
})
