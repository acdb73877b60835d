/** Where the data lives, and beside it the password, the lifeline and the log. */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { majorVersion } from './binaries.ts'
import { readVersion } from './initialise.ts'
import type { ServerUser } from './server-user.ts'

export interface Place {
  /** Absolute, links followed. */
  readonly dataDir: string
  readonly passwordFile: string
  /** The lifeline and the names of those who hold it; owned by the server's user. */
  readonly runDir: string
  readonly logFile: string
  besideDataDir(name: string): string
}

/** Where root's data goes when its project lies where no other user may enter, such as under `/root`. */
const systemFolder = '/var/lib/kessai'

/** Makes the folders around `wanted`; throws when what is there is not a data directory that we can use. */
export function preparePlace(wanted: string, user: ServerUser): Place {
  const asked = resolve(wanted)
  makeFolder(dirname(asked), user)
  if (!isThere(asked) && !user.canReach(dirname(asked))) linkToSystemFolder(asked)
  const dataDir = existsSync(asked) ? realpathSync(asked) : join(realpathSync(dirname(asked)), basename(asked))
  refuseForeign(dataDir, user)
  const besideDataDir = (name: string) => `${dataDir}.${name}`
  const runDir = besideDataDir('run')
  mkdirSync(runDir, { recursive: true, mode: 0o700 })
  user.own(runDir)
  return {
    dataDir,
    passwordFile: besideDataDir('password'),
    runDir,
    logFile: join(runDir, 'postgres.log'),
    besideDataDir,
  }
}

function makeFolder(folder: string, user: ServerUser): void {
  const first = mkdirSync(folder, { recursive: true })
  if (first === undefined || user.spawnAs.uid === undefined) return
  // Made by root, perhaps under a strict umask: the server's user has to pass through.
  for (let made = folder; made.length >= first.length; made = dirname(made)) chmodSync(made, 0o755)
}

/**
 * The data goes to a new folder of the system, and a link stands where it was asked for: whoever removes the link
 * starts afresh, as if the data had been there.
 */
function linkToSystemFolder(asked: string): void {
  mkdirSync(systemFolder, { recursive: true, mode: 0o755 })
  chmodSync(systemFolder, 0o755)
  const home = mkdtempSync(join(systemFolder, `${basename(asked)}-`))
  chmodSync(home, 0o755)
  const target = join(home, 'data')
  mkdirSync(target)
  try {
    symlinkSync(target, asked)
  } catch (error) {
    rmSync(home, { recursive: true })
    if (!isThere(asked)) throw error
  }
}

function refuseForeign(dataDir: string, user: ServerUser): void {
  if (!user.canReach(dirname(dataDir))) {
    throw new Error(
      `PostgreSQL does not run as root, and the user it runs as instead (id ${user.uid}) may not enter ${dirname(dataDir)}: put the data elsewhere, or allow it with chmod o+x on the folders above`,
    )
  }
  if (!existsSync(dataDir) || readdirSync(dataDir).length === 0) return
  const version = readVersion(dataDir)
  if (version === null) throw new Error(`${dataDir} holds something that is not a PostgreSQL data directory`)
  if (version !== majorVersion) {
    throw new Error(
      `${dataDir} was made by PostgreSQL ${version}, and Kessai brings PostgreSQL ${majorVersion}: dump it with the old version and load it into a new folder, or point DATABASE_URL at a server of version ${version}`,
    )
  }
  const owner = statSync(dataDir).uid
  if (owner !== user.uid) {
    throw new Error(
      `${dataDir} belongs to the user with id ${owner}, and PostgreSQL would run as ${user.uid}: start as the user who started it first, or hand the folder over with chown`,
    )
  }
}

/** Also true for a link whose target is missing. */
const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined

/** Removes a folder of ours whose data may, behind a link, live in the system's folder. No server may run there. */
export function removeData(folder: string): void {
  const data = join(folder, 'data')
  const real = existsSync(data) ? realpathSync(data) : data
  if (real.startsWith(`${systemFolder}/`)) rmSync(dirname(real), { recursive: true, force: true })
  rmSync(folder, { recursive: true, force: true })
}
