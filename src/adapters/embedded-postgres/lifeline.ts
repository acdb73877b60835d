/**
 * The lifeline: a named pipe that every process of ours that uses the server holds open for writing. A small shell,
 * the supervisor, reads from it. The kernel closes the write ends of a process however it dies, so the supervisor
 * reads end-of-file exactly when the last user is gone, and then stops the server.
 *
 * Joining is a handshake. Opening the pipe is not enough: the supervisor may have read end-of-file a moment before
 * and be about to stop the server. So the newcomer writes its name, and the supervisor answers by making a file of
 * that name. The file says that it read the line while the newcomer held the pipe, hence it cannot see its end before
 * the newcomer goes. The same files tell who else holds a share. Each server has a pipe of its own: the supervisor of
 * a start that lost the race must not read what is meant for the winner's.
 */
import { execFileSync } from 'node:child_process'
import { closeSync, constants, existsSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { ServerUser } from './server-user.ts'
import { until } from './until.ts'

/** One process's share in the running server. */
export interface Hold {
  release(): void
  /** Said once it answers queries: from now on, an end of the server's own is an accident to be mended. */
  sayItIsUp(): void
  othersHold(): boolean
}

/**
 * Arguments: the server's command. `$KESSAI_LIFELINE`: the pipe; `$KESSAI_RUN`: its folder. Descriptor 3 is a write end given by the
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
exec 4<"$KESSAI_LIFELINE" 3>&-
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
rm -f "$KESSAI_LIFELINE"
kill "$reader" 2>/dev/null
exit "$status"
`

let joined = 0

export const lifelineIn = (runDir: string, server: string): string => join(runDir, `lifeline-${server}`)

/** Joins the server of that name. Null when no supervisor reads its lifeline, or `serverRuns` turned false first. */
export async function joinLifeline(runDir: string, server: string, serverRuns: () => boolean): Promise<Hold | null> {
  const fd = openForWriting(lifelineIn(runDir, server))
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

/** Made and opened by a starter before the supervisor runs, and held until it has joined (see `superviseScript`). */
export function openStub(runDir: string, server: string, user: ServerUser): number {
  removeDead(runDir)
  const path = lifelineIn(runDir, server)
  execFileSync('mkfifo', ['-m', '600', path], { stdio: ['ignore', 'ignore', 'pipe'] })
  user.own(path)
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

/** Those killed with -9 could not take their files away. A pipe outlives its maker while others hold it. */
function removeDead(runDir: string): void {
  for (const name of readdirSync(runDir)) {
    const [kind, maker] = /^(lifeline-kessai-|)(\d+)-\d+$/.exec(name)?.slice(1) ?? []
    if (maker === undefined || isAlive(maker)) continue
    const reader = kind === '' ? null : openForWriting(join(runDir, name))
    if (reader === null) rmSync(join(runDir, name), { force: true })
    else closeSync(reader)
  }
}

/** Whether the process runs whose number `holder` begins with. */
export function isAlive(holder: string): boolean {
  try {
    process.kill(Number(holder.split('-')[0]), 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
