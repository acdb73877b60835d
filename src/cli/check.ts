/** `check`: proves on the live database that what must never happen has not happened. */
import { checkInvariants, countOverdue, type Proof } from '../postgres/invariants.ts'
import { exitCodes } from './exit-codes.ts'
import { withSystem } from './opened.ts'
import { plural, printJson, printLine } from './output.ts'
import type { Wire } from './wire.ts'
import { wrapped } from './wrap.ts'

export async function checkCommand(wire: Wire, options: { readonly json?: boolean }): Promise<number> {
  return withSystem(wire, async ({ system, now }) => {
    const proofs = await checkInvariants(system.db, options.json ? undefined : printProof)
    const overdue = await countOverdue(system.db, now)
    const broken = proofs.filter((proof) => proof.broken > 0)
    if (options.json) printJson({ holds: broken.length === 0, proofs, overdue })
    else {
      printLine(
        broken.length === 0
          ? `\nall ${proofs.length} hold`
          : `\n${broken.length} of ${proofs.length} do not hold: ${broken.map(({ name }) => name).join(', ')}`,
      )
      if (overdue.invoices + overdue.charges > 0) {
        const what = `${plural(overdue.invoices, 'invoice')} and ${plural(overdue.charges, 'charge')}`
        printLine(`${what} have been due for ten minutes and more: is a worker running?  bin/kessai worker`)
      }
    }
    return broken.length === 0 ? exitCodes.done : exitCodes.doneInPart
  })
}

function printProof({ name, says, broken, examples }: Proof): void {
  printLine(wrapped(broken === 0 ? ' ✓ ' : ' ✗ ', says))
  if (broken === 0) return
  printLine(`   ${name}: ${plural(broken, 'row')}${broken > examples.length ? `, the first ${examples.length}:` : ':'}`)
  for (const row of examples) {
    const cells = Object.entries(row).map(([column, value]) => `${column}=${cell(column, value)}`)
    printLine(wrapped('     ', cells.join(' ')))
  }
}

const cell = (column: string, value: unknown): string =>
  typeof value === 'number' && column.endsWith('_at') ? new Date(value).toISOString() : String(value)
