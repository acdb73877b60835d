/**
 * The key that seals secrets at rest: from the environment, or made once and kept in the data folder where only its
 * owner reads it. Whoever has a dump of the database alone opens nothing with it.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const keyBytes = 32

/** Throws an Error on a key that is set but is not 32 bytes. */
export function secretKey(configured: string | null, dataFolder: string): Uint8Array {
  return read(configured ?? keptIn(dataFolder))
}

function keptIn(dataFolder: string): string {
  const file = join(dataFolder, 'secret.key')
  mkdirSync(dataFolder, { recursive: true })
  if (!existsSync(file)) makeOnce(file)
  return readFileSync(file, 'utf8')
}

/** Two processes may start at once: the first one's key stays. */
function makeOnce(file: string): void {
  const draft = `${file}.draft-${process.pid}`
  writeFileSync(draft, randomBytes(keyBytes).toString('hex'), { mode: 0o600 })
  try {
    linkSync(draft, file)
  } catch (problem) {
    if (!existsSync(file)) throw problem
  } finally {
    unlinkSync(draft)
  }
}

function read(text: string): Uint8Array {
  const trimmed = text.trim()
  const bytes = Buffer.from(trimmed, /^[0-9a-f]{64}$/i.test(trimmed) ? 'hex' : 'base64')
  if (bytes.length === keyBytes) return bytes
  throw new Error('KESSAI_SECRET: 32 bytes are needed, as 64 hexadecimal digits or in base64')
}
