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
  doneInPart: 'done, but with something to look at: lines refused, invariants broken',
  notFound: 'no such account, invoice or run',
  notNow: 'refused as things stand: a month that is not over, an invoice in another state, time that may not be moved',
  usage: 'the command line is wrong',
} as const satisfies Record<keyof typeof exitCodes, string>
