/** A copy of the tree with one bug in it, in a temporary folder: the tree itself is never touched. */
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Mutation, mutated } from './mutation.ts'

const root = join(import.meta.dirname, '..', '..')
/** All that a test or a simulation reads. */
const copied = [
  'src',
  'test',
  'migrations',
  'docs',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
  'openapi.json',
]

export interface Planted {
  readonly folder: string
  remove(): void
}

/** Null plants nothing: the copy that has to hold. */
export function plant(mutation: Mutation | null): Planted {
  const files = mutation === null ? new Map<string, string>() : mutated(root, mutation)
  const folder = mkdtempSync(join(tmpdir(), 'kessai-mutation-'))
  for (const name of copied) cpSync(join(root, name), join(folder, name), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  for (const [file, text] of files) writeFileSync(join(folder, file), text)
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
