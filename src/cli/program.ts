/** Runs one command line: what is wrong with it, or with the world, ends as a sentence and an exit code. */
import { CommanderError } from 'commander'
import { commands, type Parts } from './commands.ts'
import { exitCodes } from './exit-codes.ts'
import { printJson, printNote } from './output.ts'

/** Answers the exit code; everything there is to say has been printed. */
export async function runProgram(parts: Parts, args: readonly string[]): Promise<number> {
  const before = process.exitCode
  process.exitCode = undefined
  try {
    await commands(parts).parseAsync(args, { from: 'user' })
    // What a command that is done had to say about how.
    return Number(process.exitCode ?? exitCodes.done)
  } catch (problem) {
    // Commander has printed its own, help included.
    if (problem instanceof CommanderError) return problem.exitCode === 0 ? exitCodes.done : exitCodes.usage
    const { message, exitCode } = (await import('./explain.ts')).explain(problem)
    if (args.includes('--json')) printJson({ error: message, exitCode })
    printNote(`kessai: ${message}`)
    return exitCode
  } finally {
    process.exitCode = before
  }
}
