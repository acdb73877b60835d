/**
 * The command line as a whole: every command with its options and help. A command's own file is loaded only when it is
 * called, and the system is wired only when a command wants it, so that `--help` answers at once.
 */
import { type Argument, Command, InvalidArgumentError, Option } from 'commander'
import type { Scope } from '../domain/access.ts'
import { exitCodes, exitCodeTexts } from './exit-codes.ts'
import type { ImportFeesArgs } from './import-fees.ts'
import type { Wire } from './wire.ts'

/** What `main.ts` hands in. */
export interface Parts {
  /** Reads the settings and wires the system; throws a CommandError that names what is wrong. */
  wire(): Promise<Wire>
  start(options: { readonly json?: boolean }): Promise<void>
  demo(options: {
    readonly accounts: number
    readonly seed: string
    readonly days: number
    readonly json?: boolean
  }): Promise<void>
}

export function commands(parts: Parts): Command {
  const root = new Command('kessai')
    .description(
      'Collects what a usage-billed platform’s customers owe, month after month,\nwithout ever charging twice.',
    )
    .usage('<command> [options]')
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError('(add --help for what there is)')
    .configureHelp({ helpWidth: 80, subcommandTerm: (command) => termOf(command) })
    .addHelpText('after', epilogue)
    .helpOption('-h, --help', 'what there is, or what a command does')
    .helpCommand(false)
  addRunning(root, parts)
  addMonth(root, parts)
  addLooking(root, parts)
  addSandbox(root, parts)
  return root
}

function addRunning(root: Command, { wire, start }: Parts): void {
  root.commandsGroup('Running it:')
  add(root, 'start', 'Everything, on a made-up platform to try it on.')
    .addHelpText('after', example('npm start', 'bin/kessai start'))
    .action(start)
  add(root, 'worker', 'Works on whatever is due, until stopped.')
    .option('--lanes <n>', 'buckets worked on side by side', count, 4)
    .option('--limit <n>', 'rows one piece of work takes on', count, 500)
    .addOption(withParent())
    .addHelpText(
      'after',
      `\nAny number may run, on any machines, on one database.${example('bin/kessai worker', 'DATABASE_URL=postgres://… bin/kessai worker --lanes 8')}`,
    )
    .action(async (options) => (await import('./worker.ts')).workerCommand(await wire(), options))
  add(root, 'serve', 'The HTTP API, until stopped.')
    .addOption(withParent())
    .addHelpText(
      'after',
      `\nKESSAI_LISTEN says where, 127.0.0.1:8480 otherwise. Any number may run.${example('bin/kessai serve', 'KESSAI_LISTEN=0.0.0.0:8480 bin/kessai serve')}`,
    )
    .action(async (options) => (await import('./serve.ts')).serveCommand(await wire(), options))
  const staff = root.command('staff').helpCommand(false).description('The first admin in, the last one back in.')
  add(staff, 'add', 'Takes somebody into the staff; prints the link to a password.')
    .argument('<email>', 'with which they sign in')
    .requiredOption('--name <name>', 'their name')
    .addOption(
      new Option('--role <role>', 'what they may do').choices(['support', 'billing', 'admin']).default('admin'),
    )
    .addHelpText('after', example('bin/kessai staff add aoi@example.com --name "Aoi Tanaka"'))
    .action(async (email, options) => (await import('./staff.ts')).staffAddCommand(await wire(), email, options))
  add(staff, 'invite', 'A new link: for a lost password or telephone.')
    .argument('<email>', 'with which they sign in')
    .addHelpText('after', '\nThe password and one-time codes so far are gone, and sessions end.')
    .action(async (email, options) => (await import('./staff.ts')).staffInviteCommand(await wire(), email, options))
  const key = root.command('key').helpCommand(false).description('The platform’s first API key.')
  add(key, 'create', 'Makes an API key, and prints it this once.')
    .requiredOption('--name <name>', 'what it is for')
    .addOption(new Option('--scope <scope...>', 'what it may do').choices(Object.keys(scopes)).makeOptionMandatory())
    .addHelpText('after', example('bin/kessai key create --name billing --scope accounts:write fees:write'))
    .action(async (options) => (await import('./key.ts')).keyCreateCommand(await wire(), options))
  add(root, 'migrate', 'The database up to this version.').action(async (options) =>
    (await import('./migrate.ts')).migrateCommand(await wire(), options),
  )
}

/** All of them, or it does not compile. */
const scopes = {
  'accounts:read': true,
  'accounts:write': true,
  'fees:write': true,
  'orders:write': true,
  'payments:read': true,
  'standing:read': true,
} satisfies Record<Scope, true>

function addMonth(root: Command, { wire }: Parts): void {
  root.commandsGroup('A month, in this order:')
  add(root, 'import-accounts', 'Accounts in, from NDJSON.')
    .argument('<file>', 'a path, or - for standard input')
    .addHelpText(
      'after',
      `\nA line: {"accountId":"OP0000000001","kind":"business","email":"a@example.com",
         "coverages":["g","jp"]}
The same file again changes nothing.${example('bin/kessai import-accounts accounts.ndjson')}`,
    )
    .action(async (file, options) =>
      ends(await (await import('./import-accounts.ts')).importAccountsCommand(await wire(), file, options)),
    )
  add(root, 'import-fees', 'Fees in, from NDJSON or CSV, gzip too.')
    .argument('<file>', 'a path, or - for standard input')
    .addOption(
      new Option('--format <format>', 'else told from how the file begins').choices(['ndjson', 'csv', 'billing-csv']),
    )
    .option('--account <id>', 'whose fees they are, where no column says so')
    .option('--coverage <coverage>', 'of which coverage they are, where no column says so')
    .option('--strict', 'import nothing when a line is refused')
    .option('--refused <file>', 'write every refused line there, as NDJSON')
    .addHelpText(
      'after',
      example('bin/kessai import-fees 2027-01.ndjson.gz', 'zcat fees.gz | bin/kessai import-fees -'),
    )
    .action(async (file, options) => ends(await importFees(await wire(), file, options)))
  const closeMonth = add(root, 'close-month', 'Fees are complete: makes the invoices.')
  ofOneRun(closeMonth)
    .addHelpText('after', example('bin/kessai close-month --coverage g --month 2027-01'))
    .action(async (options) => (await import('./close-month.ts')).closeMonthCommand(await wire(), options))
  ofOneRun(add(root, 'collect', 'Collects a month from here, or previews it.'))
    .option('--preview', 'only say what would be done now; nothing is written')
    .addHelpText(
      'after',
      `\nLike any worker it takes on whatever else is due meanwhile.${example(
        'bin/kessai collect --coverage g --month 2027-01 --preview',
        'bin/kessai collect --coverage g --month 2027-01',
      )}`,
    )
    .action(async (options) => (await import('./collect.ts')).collectCommand(await wire(), options))
}

function addLooking(root: Command, { wire }: Parts): void {
  root.commandsGroup('Looking and deciding:')
  const run = root.command('run').helpCommand(false).description('The months: how far they are, in figures.')
  add(run, 'status', 'State, progress and sums of each month.')
    .option('--coverage <coverage>', 'only this one')
    .option('--month <YYYY-MM>', 'only this one')
    .action(async (options) => (await import('./run.ts')).runStatusCommand(await wire(), options))
  add(run, 'pause', 'No automatic charge is begun until it is resumed.')
    .requiredOption('--coverage <coverage>', 'of which coverage')
    .option('--month <YYYY-MM>', 'only this month; else all that are being collected')
    .requiredOption('--reason <words>', 'why, for whoever finds it paused')
    .addHelpText('after', example('bin/kessai run pause --coverage g --reason "wrong tax rate in January"'))
    .action(async (options) => (await import('./run.ts')).runPauseCommand(await wire(), options))
  add(run, 'resume', 'What is due is attempted again.')
    .requiredOption('--coverage <coverage>', 'of which coverage')
    .option('--month <YYYY-MM>', 'only this month')
    .action(async (options) => (await import('./run.ts')).runResumeCommand(await wire(), options))

  const account = root.command('account').helpCommand(false).description('One customer’s story, row by row.')
  add(account, 'show', 'One customer’s story: every invoice, charge, skip, posting and event, in order.')
    .argument('<id>', 'OP and ten digits')
    .addOption(language())
    .addHelpText('after', example('bin/kessai account show OP0000000001'))
    .action(async (id, options) => (await import('./account.ts')).accountShowCommand(await wire(), id, options))
  const invoice = root.command('invoice').helpCommand(false).description('One invoice’s story; approves a large one.')
  add(invoice, 'show', 'One invoice’s story.')
    .argument('<id>', 'as account show and collect --preview list it')
    .addOption(language())
    .action(async (id, options) => (await import('./account.ts')).invoiceShowCommand(await wire(), id, options))
  add(invoice, 'approve', 'Lets an invoice far above the account’s usual be collected.')
    .argument('<id>', 'as collect --preview lists it')
    .option('--by <name>', 'who approves; else the name of this machine’s user')
    .action(async (id, options) => (await import('./invoice.ts')).invoiceApproveCommand(await wire(), id, options))
  add(root, 'reconcile', 'Our books and the gateway’s, compared both ways.')
    .requiredOption('--coverage <coverage>', 'of which coverage')
    .requiredOption('--from <day>', 'the first day, YYYY-MM-DD')
    .option('--to <day>', 'the last day, itself included; today when left out')
    .addHelpText(
      'after',
      `\nWhat is certain is repaired, the rest is queued for staff. Daily by itself.${example('bin/kessai reconcile --coverage g --from 2027-02-01 --to 2027-02-28')}`,
    )
    .action(async (options) => ends(await (await import('./reconcile.ts')).reconcileCommand(await wire(), options)))
  add(root, 'payouts', 'What reached the bank, and whether the books agree.')
    .requiredOption('--coverage <coverage>', 'of which coverage')
    .option('--last <n>', 'how many payouts, the latest first', count, 10)
    .addHelpText('after', example('bin/kessai payouts --coverage g'))
    .action(async (options) => ends(await (await import('./payouts.ts')).payoutsCommand(await wire(), options)))
  add(root, 'check', 'Proves that what must never happen has not.').action(async (options) =>
    ends(await (await import('./check.ts')).checkCommand(await wire(), options)),
  )
}

function addSandbox(root: Command, { wire, demo }: Parts): void {
  root.commandsGroup('Trying it out, without Stripe:')
  add(root, 'demo', 'The whole job in one go, thrown away after.')
    .option('--accounts <n>', 'how many accounts', count, 150)
    .option('--seed <seed>', 'the same seed gives the same figures', '1')
    .option('--days <n>', 'days of retries after the first collection', count, 6)
    .addHelpText('after', example('bin/kessai demo --accounts 150 --seed 19 --days 6 --json'))
    .action(demo)
  const clock = root
    .command('clock')
    .helpCommand(false)
    .description('Business time: moves it, with its work.')
    .addHelpText('after', '\nMoved only where no Stripe key is set: Stripe’s clock does not move with ours.')
  add(clock, 'show', 'What time it is.').action(async (options) =>
    (await import('./clock.ts')).clockShowCommand(await wire(), options),
  )
  add(clock, 'advance', 'On, from each moment something is due to the next.')
    .option('--days <n>', 'how many days', count)
    .option('--to <time>', 'until then: 2027-02-03, or 2027-02-03T09:00Z')
    .addHelpText(
      'after',
      example('bin/kessai clock advance --days 3', 'bin/kessai clock advance --to 2027-03-01T06:00Z'),
    )
    .action(async (options) => (await import('./clock.ts')).clockAdvanceCommand(await wire(), options))
  add(clock, 'jump', 'Sets it, back or on, and waits for nothing.')
    .requiredOption('--to <time>', '2027-02-03, or 2027-02-03T09:00Z')
    .action(async (options) => (await import('./clock.ts')).clockJumpCommand(await wire(), options))
  add(clock, 'freeze', 'Time stands still.').action(async (options) =>
    (await import('./clock.ts')).clockFreezeCommand(await wire(), options),
  )
  add(clock, 'run', 'Time goes on from where it is.').action(async (options) =>
    (await import('./clock.ts')).clockRunCommand(await wire(), options),
  )
  add(root, 'simulator', 'The card network that stands in for Stripe.')
    .option('--seed <seed>', 'decides what its issuers answer; else as its books began', String)
    .addOption(withParent())
    .action(async (options) => (await import('./simulator.ts')).simulatorCommand(await wire(), options))
}

type ImportFeesOptions = Omit<ImportFeesArgs, 'file' | 'refusedTo'> & { readonly refused?: string }

async function importFees(wire: Wire, file: string, { refused, ...rest }: ImportFeesOptions): Promise<number> {
  const [{ importFeesCommand }, { withSystem }] = await Promise.all([import('./import-fees.ts'), import('./opened.ts')])
  const args: ImportFeesArgs = { ...rest, file, ...(refused === undefined ? {} : { refusedTo: refused }) }
  return withSystem(wire, ({ system, now }) => importFeesCommand(system, args, now, process))
}

/** The command is done, but its exit code says how. */
const ends = (exitCode: number): void => {
  process.exitCode = exitCode
}

const add = (parent: Command, name: string, description: string): Command =>
  parent.command(name).description(description).option('--json', 'print one JSON object, for machines')

const ofOneRun = (command: Command): Command =>
  command
    .requiredOption('--coverage <coverage>', 'of which coverage')
    .requiredOption('--month <YYYY-MM>', 'which month')

const withParent = () => new Option('--with-parent', 'stop when the process that started this one is gone').hideHelp()
const language = () => new Option('--language <language>', 'of the story').choices(['en', 'ja']).default('en')

const example = (...lines: readonly string[]): string =>
  `\n\nExample${lines.length === 1 ? '' : 's'}:\n${lines.map((line) => `  $ ${line}`).join('\n')}`

/** A command of its own, or the commands it has. */
function termOf(command: Command): string {
  const args = command.registeredArguments.map((argument: Argument) => ` <${argument.name()}>`).join('')
  const commands = command.commands
    .map((each) => each.name())
    .join('|')
    .replace('|jump|freeze|run', '|…')
  return `${command.name()}${args}${commands === '' ? '' : ` ${commands}`}`
}

function count(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('It is a whole number from 1 on.')
  return Number(text)
}

const epilogue = `
Exit codes:
${Object.entries(exitCodes)
  .map(([name, code]) => `  ${code}  ${exitCodeTexts[name as keyof typeof exitCodes]}`) // the table's own keys
  .join('\n')}

Environment:
  KESSAI_SETTINGS               a settings file; else the two coverages g and jp
  DATABASE_URL                  a PostgreSQL; else one of its own
  KESSAI_DATA                   the folder of what is its own (.kessai)
  KESSAI_SECRET                 32 bytes that seal secrets; else kept in there
  STRIPE_SECRET_KEY_<COVERAGE>  collects it through Stripe; else the simulator
  KESSAI_LOG                    how much workers say: debug, info, warn, error

Examples:
  $ npm start
  $ bin/kessai account show OP0000000001
  $ bin/kessai check
  $ bin/kessai <command> --help`
