/** `key create`: the platform's first API key, before an admin makes others over the API. */
import type { Scope } from '../domain/access.ts'
import { createKey } from '../operations/identity/api-keys.ts'
import { operator } from '../operations/identity/audit.ts'
import { withSystem } from './opened.ts'
import { printJson, printLine } from './output.ts'
import { CommandError, type Wire } from './wire.ts'

export interface KeyCreateOptions {
  readonly name: string
  readonly scope: readonly Scope[]
  readonly json?: boolean
}

export async function keyCreateCommand(wire: Wire, { name, scope, json }: KeyCreateOptions): Promise<void> {
  const trimmed = name.trim()
  if (trimmed === '' || trimmed.length > 100) throw new CommandError('a key’s name has 1 to 100 characters')
  await withSystem(wire, async ({ system }) => {
    const made = await createKey(system, { name: trimmed, scopes: scope, expiresAt: null }, operator)
    if (json) return printJson(made)
    printLine('This key is shown now and never again; it works until an admin revokes it.')
    printLine(`\n  ${made.key}`)
  })
}
