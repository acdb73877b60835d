/** What a command's exit code says to the script that started it. `--help` prints this table. */
export const exitCodes = {
  done: 0,
  failed: 1,
  doneInPart: 2,
  notFound: 3,
  notNow: 4,
  usage: 5,
} as const

export const exitCodeTexts = {
  done: 'done',
  failed: 'failed: the message says why and what to do',
  doneInPart: 'done, but look: lines were refused, or an invariant is broken',
  notFound: 'there is no such account, invoice or run',
  notNow: 'not as things stand: the month is not over, the invoice is paid, …',
  usage: 'the command line is wrong',
} as const satisfies Record<keyof typeof exitCodes, string>
