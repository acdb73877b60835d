/**
 * The lifeline: a named pipe that every process of ours that uses the server holds open for writing. A small shell,
 * the supervisor, reads from it. The kernel closes the write ends of a process however it dies, so the supervisor
 * reads end-of-file exactly when the last user is gone, and then stops the server.
 *
 * Joining is a handshake. Opening the pipe is not enough: the supervisor may have read end-of-file a moment before
 * and be about to stop the server. So the newcomer writes its name, and the supervisor answers by making a file of
 * that name. The file says that it read the line while the newcomer held the pipe, hence it cannot see its end before
 * the newcomer goes. The same files tell who else holds a share.
 */
import { execFileSync } from 'node:child_process'
import { closeSync, constants, existsSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { ServerUser } from './server-user.ts'
import { until } from './until.ts'

/** One process's share in the running server. */
export interface Hold {
  release(): void
  /** Said once by the starter: from now on, an end of the server's own is an accident to be mended. */
  sayItIsUp(): void
  othersHold(): boolean
}

/**
 * Arguments: the server's command. `$KESSAI_RUN`: the folder of the pipe. Descriptor 3 is a write end given by the
 * starter: with it, opening the pipe for reading cannot block, and if the starter is killed in this very moment the
 * pipe simply ends.
 *
 * A server that was once up and dies by itself (a full disk makes PostgreSQL give up, memory runs out) is started
 * again every second for as long as somebody holds the pipe: whoever uses it sees a database that comes back, on the
 * same address. The signal is sent twice because a server that has only just been started ignores the first.
 */
export const superviseScript = `
ending= up= server=
trap 'ending=1; kill -INT "$server" 2>/dev/null' TERM
trap 'up=1' USR1
exec 4<"$KESSAI_RUN/lifeline" 3>&-
(
  trap - TERM USR1
  while read -r said; do
    case $said in up) kill -USR1 $$ ;; *) : >"$KESSAI_RUN/$said" ;; esac
  done
  kill -TERM $$
) <&4 &
reader=$!
exec 4<&-
while :; do
  "$@" &
  server=$!
  [ -z "$ending" ] || kill -INT "$server" 2>/dev/null
  while wait "$server"; status=$?; kill -0 "$server" 2>/dev/null; do
    [ -z "$ending" ] || { sleep 1; kill -INT "$server" 2>/dev/null; }
  done
  [ "$status" -ne 0 ] && [ -n "$up" ] && [ -z "$ending" ] || break
  sleep 1
done
kill "$reader" 2>/dev/null
exit "$status"
`

let joined = 0

/**
 * Joins the server whose lifeline is in `runDir`. Null when no supervisor reads it, or `serverRuns` turned false
 * before it answered.
 */
export async function joinLifeline(runDir: string, serverRuns: () => boolean): Promise<Hold | null> {
  const fd = openForWriting(join(runDir, 'lifeline'))
  if (fd === null) return null
  joined += 1
  const name = `${process.pid}-${joined}`
  const file = join(runDir, name)
  rmSync(file, { force: true })
  const release = () => {
    closeSync(fd)
    rmSync(file, { force: true })
  }
  writeSync(fd, `${name}\n`)
  await until(() => existsSync(file) || !serverRuns())
  if (existsSync(file)) {
    return { release, sayItIsUp: () => writeSync(fd, 'up\n'), othersHold: () => othersIn(runDir, name) }
  }
  release()
  return null
}

/** Opened by a starter before the supervisor runs, and held until it has joined (see `superviseScript`). */
export async function openStub(runDir: string, user: ServerUser): Promise<number> {
  const path = join(runDir, 'lifeline')
  if (!existsSync(path)) {
    try {
      execFileSync('mkfifo', ['-m', '600', path], { stdio: 'ignore' })
    } catch (error) {
      // Two starters at once: the other one's pipe serves both.
      if (!existsSync(path)) throw error
    }
    user.own(path)
  }
  removeDead(runDir)
  return openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
}

export const closeStub = (fd: number): void => closeSync(fd)

function openForWriting(path: string): number | null {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    if (code === 'ENXIO' || code === 'ENOENT') return null
    throw error
  }
}

const holderNames = (runDir: string) => readdirSync(runDir).filter((name) => /^\d+-\d+$/.test(name))
const othersIn = (runDir: string, own: string) => holderNames(runDir).some((name) => name !== own && isAlive(name))

/** Those killed with -9 could not take their file away. */
function removeDead(runDir: string): void {
  for (const name of holderNames(runDir)) if (!isAlive(name)) rmSync(join(runDir, name), { force: true })
}

function isAlive(holder: string): boolean {
  try {
    process.kill(Number(holder.split('-')[0]), 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
