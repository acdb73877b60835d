/** `import-accounts FILE`: a platform's accounts in, so that nothing else is needed before its fees. */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { importAccounts, type RefusedAccount } from '../operations/import-accounts.ts'
import { exitCodes } from './exit-codes.ts'
import { withSystem } from './opened.ts'
import { plural, printJson, printLine } from './output.ts'
import { progressBar } from './progress.ts'
import { CommandError, type Wire } from './wire.ts'

const refusedShown = 20

export async function importAccountsCommand(
  wire: Wire,
  file: string,
  options: { readonly json?: boolean },
): Promise<number> {
  const input = file === '-' ? process.stdin : createReadStream(file)
  const unreadable = new Promise<never>((_resolve, reject) =>
    input.once('error', (problem: Error) => reject(new CommandError(`${file} cannot be read: ${problem.message}`))),
  )
  // Told by the race below; not being raced yet is no fault.
  unreadable.catch(() => undefined)
  return withSystem(wire, async ({ system, now }) => {
    const refused: RefusedAccount[] = []
    const bar = progressBar('accounts', options)
    const done = await Promise.race([
      unreadable,
      importAccounts(
        system,
        createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }),
        {
          language: 'en',
          onRefused: (line) => void (refused.length < refusedShown && refused.push(line)),
          onProgress: ({ read, imported }) => bar.update(imported, read),
        },
        now,
      ),
    ]).finally(() => bar.stop())
    if (options.json) printJson({ ...done, refusedLines: refused })
    else {
      for (const { line, message } of refused) printLine(`line ${line}: ${message}`)
      if (done.refused > refused.length) printLine(`… and ${plural(done.refused - refused.length, 'line')} more`)
      const rest = done.refused > 0 ? `, ${plural(done.refused, 'line')} refused: mend and send the file again` : ''
      printLine(`${plural(done.read, 'line')}, ${plural(done.imported, 'account')} in${rest}`)
    }
    return done.refused > 0 ? exitCodes.doneInPart : exitCodes.done
  })
}
