/**
 * A server for one demonstration, benchmark or test run, in a folder of the system's temporary ones that goes when it
 * stops. What a killed run left behind is removed by the next.
 */
import { chmodSync, mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isAlive } from './lifeline.ts'
import { removeData } from './place.ts'
import { runningPostmaster } from './postmaster.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from './start.ts'

const prefix = 'kessai-throw-away-'

/** As `startEmbeddedPostgres`, on a new empty folder; `stop` also removes the folder. */
export async function startThrowAwayPostgres(
  settings: Readonly<Record<string, string>> = {},
): Promise<EmbeddedPostgres> {
  removeLeftovers()
  const folder = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`))
  // The server may run as another user, who has to pass through.
  chmodSync(folder, 0o755)
  const server = await startEmbeddedPostgres({ dataDir: join(folder, 'data'), settings }).catch((error: unknown) => {
    removeData(folder)
    throw error
  })
  return {
    ...server,
    stop: async () => {
      await server.stop()
      removeData(folder)
    },
  }
}

function removeLeftovers(): void {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(prefix))) {
    const folder = join(tmpdir(), name)
    try {
      if (!isAlive(name.slice(prefix.length)) && runningPostmaster(join(folder, 'data')) === null) removeData(folder)
    } catch {
      // Another user's, or another run removes it at this moment: not our concern.
    }
  }
}
