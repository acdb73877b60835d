/** Where the catcher of a folder listens, or last did: so that whoever sends finds it, and it finds its port again. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Null where there never was one. */
export function caughtMailUrl(folder: string): string | null {
  const port = lastPort(folder)
  return port === null ? null : smtpUrlOf(port)
}

export const smtpUrlOf = (port: number): string => `smtp://127.0.0.1:${port}`

export function lastPort(folder: string): number | null {
  if (!existsSync(file(folder))) return null
  // Written below.
  const { port } = JSON.parse(readFileSync(file(folder), 'utf8')) as { port: number }
  return port
}

export const keepPort = (folder: string, port: number): void =>
  writeFileSync(file(folder), JSON.stringify({ port }), { mode: 0o600 })

const file = (folder: string): string => join(folder, 'address.json')
