/** What went wrong, as a sentence for the person at the terminal; a stack only where the fault is ours. */
import { WrongWord } from '../operations/read-words.ts'
import { exitCodes } from './exit-codes.ts'
import { CommandError } from './wire.ts'

export function explain(problem: unknown): { readonly message: string; readonly exitCode: number } {
  if (problem instanceof CommandError) return problem
  if (problem instanceof WrongWord) return { message: problem.message, exitCode: exitCodes.usage }
  if (!(problem instanceof Error)) return { message: String(problem), exitCode: exitCodes.failed }
  const code = 'code' in problem ? String(problem.code) : ''
  const known = Object.hasOwn(causes, code) ? causes[code] : undefined
  if (known) return { message: `${known} (${firstLine(problem)})`, exitCode: exitCodes.failed }
  // What we throw ourselves is a sentence that says what to do; anything else is a fault of ours, and shows where.
  const isSentence = problem.constructor === Error && process.env.KESSAI_LOG !== 'debug'
  return { message: isSentence ? problem.message : (problem.stack ?? problem.message), exitCode: exitCodes.failed }
}

/** By what PostgreSQL and the system call them. */
const causes: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing answers where DATABASE_URL points: is PostgreSQL running there?',
  ENOTFOUND: 'the host in DATABASE_URL is not known',
  ECONNRESET: 'the database closed the connection: try again',
  '28P01': 'the database does not accept the password in DATABASE_URL',
  '28000': 'the database does not accept the user in DATABASE_URL',
  '3D000': 'the database that DATABASE_URL names does not exist: create it first',
  '53300': 'the database has no connection left: fewer workers, or fewer connections each',
  '53100': 'the disk of the database is full: nothing is lost; make room and start again',
  '57P01': 'the database was shut down: start again when it is back',
  '57P03': 'the database is starting up or shutting down: try again in a moment',
  ENOSPC: 'the disk is full: nothing is lost; make room and start again',
  EACCES: 'a file or folder may not be read or written by this user',
}

/** The refusals of several addresses come as one error without words of its own. */
const firstLine = (problem: Error): string =>
  (problem.message || (problem instanceof AggregateError && String(problem.errors[0]?.message)) || problem.name)
    .split('\n', 1)
    .join('')
