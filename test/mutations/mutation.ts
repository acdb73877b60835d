/** A bug that somebody could make: what it would do, where it is planted, and what has to find it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Mutation {
  readonly name: string
  /** What it would do to the people who use the system. */
  readonly inProduction: string
  readonly edits: readonly Edit[]
  /** Where months of a platform are not the place to find it: the test file that is. */
  readonly foundBy: 'simulation' | `${string}.test.ts`
  /** Of that file the tests whose names hold this; all when left out. */
  readonly named?: string
}

/** `find` occurs exactly once in `file`: whoever changes those lines looks at the mutation too. */
export interface Edit {
  readonly file: string
  readonly find: string
  readonly replace: string
}

/** The mutated files by path; throws when a text is no longer there exactly once. */
export function mutated(root: string, { name, edits }: Mutation): Map<string, string> {
  const files = new Map<string, string>()
  for (const { file, find, replace } of edits) {
    const text = files.get(file) ?? readFileSync(join(root, file), 'utf8')
    const parts = text.split(find)
    if (parts.length !== 2) {
      throw new Error(`mutation “${name}”: its text occurs ${parts.length - 1} times in ${file}: ${find}`)
    }
    files.set(file, parts.join(replace))
  }
  return files
}
