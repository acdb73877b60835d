/**
 * Makes the data directory. It is made under another name and then renamed, so that neither a kill in the middle nor
 * two processes at once can leave half a database where a whole one is expected.
 */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  existsSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Binaries } from './binaries.ts'
import { isAlive } from './lifeline.ts'
import type { Place } from './place.ts'
import { explainFailure } from './problems.ts'
import type { ServerUser } from './server-user.ts'

/** Makes the data directory of `place` unless it is there; resolves with the password of the user `kessai`. */
export async function initialise(place: Place, binaries: Binaries, user: ServerUser): Promise<string> {
  const isNew = readVersion(place.dataDir) === null
  if (!isNew && !existsSync(place.passwordFile)) {
    throw new Error(`${place.passwordFile} is missing, and without it nobody may sign in to ${place.dataDir}`)
  }
  if (isNew) writePassword(place.passwordFile, user)
  if (isNew) await makeDataDir(place, binaries, user)
  return readFileSync(place.passwordFile, 'utf8').trim()
}

/** The major version of the server that made `dataDir`; null when it is no data directory. */
export function readVersion(dataDir: string): string | null {
  const file = join(dataDir, 'PG_VERSION')
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : null
}

/** The first process to get here decides the password; `link` lets no file be seen half written. */
function writePassword(file: string, user: ServerUser): void {
  if (existsSync(file)) return
  const draft = `${file}.draft-${process.pid}-${randomBytes(4).toString('hex')}`
  writeFileSync(draft, `${randomBytes(24).toString('hex')}\n`, { mode: 0o600 })
  user.own(draft)
  try {
    linkSync(draft, file)
  } catch (error) {
    if (!existsSync(file)) throw error
  } finally {
    rmSync(draft)
  }
}

async function makeDataDir(place: Place, binaries: Binaries, user: ServerUser): Promise<void> {
  removeDeadDrafts(place)
  const draft = mkdtempSync(place.besideDataDir(`draft-${process.pid}-`))
  user.own(draft)
  try {
    await runInitdb(draft, place, binaries, user)
    renameSync(draft, place.dataDir)
  } catch (error) {
    if (readVersion(place.dataDir) === null) throw error
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

/** Of those who were killed while they made one. */
function removeDeadDrafts(place: Place): void {
  const folder = dirname(place.dataDir)
  const start = `${basename(place.dataDir)}.draft-`
  for (const name of readdirSync(folder).filter((entry) => entry.startsWith(start))) {
    if (!isAlive(name.slice(start.length))) rmSync(join(folder, name), { recursive: true, force: true, maxRetries: 3 })
  }
}

function runInitdb(draft: string, place: Place, binaries: Binaries, user: ServerUser): Promise<void> {
  const flags = [
    `--pgdata=${draft}`,
    '--username=kessai',
    `--pwfile=${place.passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The same order of text on every machine, whatever its C library.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--data-checksums',
  ]
  return new Promise((resolve, reject) => {
    const options = { ...user.spawnAs, cwd: '/', env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' } }
    execFile(binaries.initdb, flags, options, (error, stdout, stderr) => {
      if (error) reject(explainFailure(`${error.message}\n${stdout}\n${stderr}`, place.dataDir))
      else resolve()
    })
  })
}
