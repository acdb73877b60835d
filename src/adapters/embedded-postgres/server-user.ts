/**
 * Who the server runs as. PostgreSQL refuses to run as root, and root is who one often is in a container: there the
 * server becomes `postgres` if the machine knows such a user, else `nobody`, and what it must read is given to it.
 */
import { chownSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

export interface ServerUser {
  /** For `spawn`: empty when the server runs as we do. */
  readonly spawnAs: { readonly uid?: number; readonly gid?: number }
  readonly uid: number
  /** Makes the server's user the owner of a file we made. */
  own(path: string): void
  /** Whether that user may enter every folder on the way to `path`, and `path` itself if it is one. */
  canReach(path: string): boolean
}

export function serverUser(): ServerUser {
  const uid = process.getuid?.() ?? -1
  if (uid !== 0) return { spawnAs: {}, uid, own: () => {}, canReach: () => true }
  const chosen = userNamed('postgres') ?? userNamed('nobody') ?? { uid: 65534, gid: 65534 }
  return {
    spawnAs: chosen,
    uid: chosen.uid,
    own: (path) => chownSync(path, chosen.uid, chosen.gid),
    canReach: (path) => foldersTo(path).every((folder) => mayEnter(folder, chosen)),
  }
}

function userNamed(name: string): { uid: number; gid: number } | null {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`))
  const [, , uid, gid] = line?.split(':') ?? []
  return uid && gid ? { uid: Number(uid), gid: Number(gid) } : null
}

function foldersTo(path: string): string[] {
  const parent = dirname(path)
  return parent === path ? [path] : [...foldersTo(parent), path]
}

function mayEnter(path: string, user: { uid: number; gid: number }): boolean {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found?.isDirectory()) return true
  const bit = found.uid === user.uid ? 0o100 : found.gid === user.gid ? 0o010 : 0o001
  return (found.mode & bit) !== 0
}
