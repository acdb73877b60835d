/** What the server said when it did not start, in words that say what to do. */
import { closeSync, openSync, readSync } from 'node:fs'

const tailBytes = 20_000

const explanations: readonly { says: RegExp; means: (dataDir: string) => string }[] = [
  {
    says: /No space left on device|ENOSPC/,
    means: (dataDir) =>
      `the disk under ${dataDir} is full: free some space and start again, nothing that was saved is lost`,
  },
  {
    says: /Permission denied|EACCES|noexec/,
    means: (dataDir) =>
      `PostgreSQL may not be run, or may not use ${dataDir}: check the rights of both, and that neither disk is mounted noexec`,
  },
  {
    says: /not found|error while loading shared libraries|Exec format error|ENOENT/,
    means: () =>
      'the embedded PostgreSQL does not run on this system (it needs glibc): set DATABASE_URL to a PostgreSQL 18 of your own',
  },
  {
    says: /could not map anonymous shared memory|could not resize shared memory|Cannot allocate memory/,
    means: () => 'there is not enough memory for the embedded PostgreSQL: free some, or lower shared_buffers',
  },
]

/** An error whose first line says what to do, where we know it; what was said follows. */
export function explainFailure(said: string, dataDir: string): Error {
  const known = explanations.find(({ says }) => says.test(said))
  const first = known ? known.means(dataDir) : `the embedded PostgreSQL in ${dataDir} did not start`
  return new Error(`${first}\n${said.trim().split('\n').slice(-12).join('\n')}`)
}

/** Another process of ours came first (its lock, its port), or a killed server's memory is not quite gone yet. */
export const lostTheRace = (said: string): boolean =>
  /lock file ".*" already exists|pre-existing shared memory block|Address already in use|could not bind/.test(said)

/** The log's text from byte `from`, at most the last 20 kB of it. */
export function tailOf(file: string, from: number): string {
  const fd = openSync(file, 'r')
  try {
    const buffer = Buffer.alloc(tailBytes)
    return buffer.toString('utf8', 0, readSync(fd, buffer, 0, tailBytes, from))
  } finally {
    closeSync(fd)
  }
}
