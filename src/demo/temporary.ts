/**
 * A folder for one demonstration, with everything in it: database, the card network's books, files of fees, logs. It
 * goes when the demonstration ends; what a killed one left behind is removed by the next.
 */
import { chmodSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isProcess } from './is-process.ts'

const prefix = 'kessai-demo-'

export interface TemporaryFolder {
  readonly path: string
  remove(): void
  /** Out of the next demonstration's reach, for somebody to look into. Answers where it is now. */
  keep(): string
}

export function temporaryFolder(): TemporaryFolder {
  removeLeftovers()
  const path = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`))
  // The database server may run as another user, who has to pass through.
  chmodSync(path, 0o755)
  return {
    path,
    remove: () => rmSync(path, { recursive: true, force: true }),
    keep() {
      const kept = path.replace(prefix, 'kessai-kept-')
      renameSync(path, kept)
      return kept
    },
  }
}

function removeLeftovers(): void {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(prefix) || isProcess(Number(name.slice(prefix.length).split('-')[0]))) continue
    try {
      rmSync(join(tmpdir(), name), { recursive: true, force: true })
    } catch {
      // Another user's, or another run removes it at this moment: not our concern.
    }
  }
}
