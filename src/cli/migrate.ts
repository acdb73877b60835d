/** `migrate`: brings the database up to this program. */
import { plural, printJson, printLine } from './output.ts'
import type { Wire } from './wire.ts'

export async function migrateCommand(wire: Wire, options: { readonly json?: boolean }): Promise<void> {
  const ran = await wire.migrate()
  if (options.json) return printJson({ ran })
  printLine(ran.length === 0 ? 'the database is up to date' : `ran ${plural(ran.length, 'migration')}:`)
  for (const name of ran) printLine(`  ${name}`)
}
