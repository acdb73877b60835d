/**
 * What `start` keeps of the platform it made, beside the database: that it was begun, and, once it is whole, its key. It
 * alone tells a platform that is half made, and may be thrown away, from somebody's own data, which may never be.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exitCodes } from '../cli/exit-codes.ts'
import { CommandError } from '../cli/wire.ts'
import type { Database } from '../postgres/database.ts'
import type { Settings } from '../settings.ts'

export interface KeptPlatform {
  readonly keyId: string
  readonly platformKey: string
}

type Place = Pick<Settings, 'dataFolder' | 'databaseUrl'>

const wholeFile = (dataFolder: string): string => join(dataFolder, 'platform.json')
const begunFile = (dataFolder: string): string => join(dataFolder, 'platform.begun')

/** Null: none, or one that is not whole. */
export function readPlatform(dataFolder: string): KeptPlatform | null {
  const file = wholeFile(dataFolder)
  // Written below.
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as KeptPlatform) : null
}

export const keepPlatform = (dataFolder: string, platform: KeptPlatform): void =>
  writeFileSync(wholeFile(dataFolder), JSON.stringify(platform), { mode: 0o600 })

/** What a start that was killed while it made the platform left: nobody has seen it yet. */
export function removeHalfMade({ dataFolder }: Pick<Place, 'dataFolder'>): void {
  if (readPlatform(dataFolder) !== null || !existsSync(begunFile(dataFolder))) return
  for (const name of ['postgres', 'simulator.journal', 'simulator.json', 'mail', 'platform.begun'])
    rmSync(join(dataFolder, name), { recursive: true, force: true })
}

/**
 * Before the first row is made: rejects with a CommandError where the database holds somebody else's accounts, since made-up
 * customers never join a platform, and nobody's time is moved. Only a database that was empty is noted as begun.
 */
export async function beginPlatform(db: Database, { dataFolder, databaseUrl }: Place): Promise<void> {
  const kept = readPlatform(dataFolder)
  if (kept !== null) {
    const ours = await db.selectFrom('api_keys').select('key_id').where('key_id', '=', kept.keyId).execute()
    if (ours.length === 0) throw foreign(`${dataFolder} keeps a platform, and the database is not its own`)
    return
  }
  const some = await db.selectFrom('accounts').select('account_id').limit(1).execute()
  if (some.length > 0) throw foreign(`the database of ${dataFolder} holds accounts already`)
  // One that DATABASE_URL names is never removed, whatever is in it.
  if (databaseUrl === null) writeFileSync(begunFile(dataFolder), '')
}

const foreign = (what: string): CommandError =>
  new CommandError(`${what}: set KESSAI_DATA to another folder, and DATABASE_URL to nothing`, exitCodes.notNow)
