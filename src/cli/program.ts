/**
 * The command line as a whole: its commands, options, help and errors. A command's own file is loaded only when it is
 * called, and the system is wired only when a command wants it, so that `--help` answers at once.
 */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { exitCodes, exitCodeTexts } from './exit-codes.ts'
import { explain } from './explain.ts'
import { printJson, printNote } from './output.ts'
import type { Wire } from './wire.ts'

/** What `main.ts` hands in. */
export interface Parts {
  /** Reads the settings and wires the system; throws a CommandError that names what is wrong. */
  wire(): Promise<Wire>
}

/** Runs one command line. Answers the exit code; everything there is to say has been printed. */
export async function runProgram(parts: Parts, args: readonly string[]): Promise<number> {
  try {
    await program(parts).parseAsync(args, { from: 'user' })
    return Number(process.exitCode ?? exitCodes.done)
  } catch (problem) {
    // Commander has printed its own, help and version included.
    if (problem instanceof CommanderError) return problem.exitCode === 0 ? exitCodes.done : exitCodes.usage
    const { message, exitCode } = explain(problem)
    if (args.includes('--json')) printJson({ error: message, exitCode })
    printNote(`kessai: ${message}`)
    return exitCode
  }
}

export function program({ wire }: Parts): Command {
  const root = new Command('kessai')
    .description(
      'Collects what a usage-billed platform’s customers owe, month after month, without ever charging twice.',
    )
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError('(add --help for what there is)')
    .configureHelp({ helpWidth: 80, sortSubcommands: false })
    .addHelpText('after', epilogue)
    .helpOption('-h, --help', 'what there is, or what a command does')
    .helpCommand('help [command]', 'the same as --help')
  const add = (description: string, name: string) => addTo(root, description, name)

  root.commandsGroup('Running:')
  add('Works on whatever is due, beside any number of other workers, until stopped.', 'worker')
    .option('--lanes <n>', 'buckets worked on side by side', count, 4)
    .option('--limit <n>', 'rows one piece of work takes on', count, 500)
    .addOption(withParent())
    .addHelpText('after', example('bin/kessai worker', 'bin/kessai worker --lanes 8'))
    .action(async (options) => (await import('./worker.ts')).workerCommand(await wire(), options))
  add('Brings the database up to this version.', 'migrate').action(async (options) =>
    (await import('./migrate.ts')).migrateCommand(await wire(), options),
  )
  add('Serves the card network that stands in for Stripe where no key is set.', 'simulator')
    .option('--seed <seed>', 'decides what its issuers answer', '1')
    .addOption(withParent())
    .action(async (options) => (await import('./simulator.ts')).simulatorCommand(await wire(), options))
  return root
}

function addTo(parent: Command, description: string, name: string): Command {
  return parent.command(name).description(description).option('--json', 'print one JSON object, for machines')
}

const withParent = () => new Option('--with-parent', 'stop when the process that started this one is gone').hideHelp()

const example = (...lines: readonly string[]): string =>
  `\nExample${lines.length === 1 ? '' : 's'}:\n${lines.map((line) => `  $ ${line}`).join('\n')}`

const epilogue = `
Exit codes:
${Object.entries(exitCodes)
  .map(([name, code]) => `  ${code}  ${exitCodeTexts[name as keyof typeof exitCodes]}`) // the table's own keys
  .join('\n')}

Environment: KESSAI_SETTINGS (a settings file), DATABASE_URL (else a PostgreSQL
of its own), KESSAI_DATA (its folder, .kessai), STRIPE_SECRET_KEY_<COVERAGE>
(else the simulator), KESSAI_LOG (level of the log).`

function count(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('It is a whole number from 1 on.')
  return Number(text)
}
