/**
 * What PostgreSQL writes about itself into its data directory (`postmaster.pid`, `postmaster.opts`): who runs there,
 * on which port, and whether it is starting, ready or stopping.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'

export interface Postmaster {
  readonly pid: number
  readonly port: number
  readonly status: 'starting' | 'ready' | 'stopping' | 'standby'
  readonly file: string
}

/** The server that runs on `dataDir`, or null. A lock file whose server is dead is no server. */
export function runningPostmaster(dataDir: string): Postmaster | null {
  const file = join(dataDir, 'postmaster.pid')
  const read = readPostmaster(file)
  if (!read) return null
  if (isRunning(read)) return read
  // Its number may belong to another program by now (a restarted container counts from 1 again), and PostgreSQL
  // would refuse to start for that program's sake.
  if (isAnotherProgram(read.pid) && readPostmaster(file)?.pid === read.pid) rmSync(file, { force: true })
  return null
}

/** Whether that very server still runs: it takes its file away as the last thing it does. */
export function isRunning(postmaster: Postmaster): boolean {
  if (readPostmaster(postmaster.file)?.pid !== postmaster.pid) return false
  try {
    process.kill(postmaster.pid, 0)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false
  }
  return !isAnotherProgram(postmaster.pid) && !isZombie(postmaster.pid)
}

export function signalPostmaster(postmaster: Postmaster, signal: 'SIGINT'): void {
  try {
    process.kill(postmaster.pid, signal)
  } catch {
    // Gone already, which is what the signal was for.
  }
}

/** The port of the last start, so that a connection string someone wrote down goes on working. */
export const lastPort = (dataDir: string): number | null => Number(inLastCommand(dataDir, /"-p" "(\d+)"/)) || null

/** The name that the running server was given; certain from `ready` on. */
export const serverName = (dataDir: string): string | null => inLastCommand(dataDir, /"cluster_name=([^"]+)"/)

function inLastCommand(dataDir: string, pattern: RegExp): string | null {
  const file = join(dataDir, 'postmaster.opts')
  return (existsSync(file) ? pattern.exec(readFileSync(file, 'utf8'))?.[1] : null) ?? null
}

/** `wanted` when nothing listens there, else any free port of the loopback interface. */
export async function freePort(wanted: number | null): Promise<number> {
  return (wanted !== null && (await tryPort(wanted))) || (await tryPort(0)) || Promise.reject(new Error('no free port'))
}

function tryPort(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(null))
    server.listen({ port, host: '127.0.0.1' }, () => {
      const address = server.address()
      server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : null))
    })
  })
}

// Lines of the file: pid, data directory, start, port, socket folder, address, shared memory, status.
function readPostmaster(file: string): Postmaster | null {
  let lines: string[]
  try {
    lines = readFileSync(file, 'utf8').split('\n')
  } catch {
    return null
  }
  const [pid, port, status] = [Number(lines[0]), Number(lines[3] ?? 0), (lines[7] ?? '').trim()]
  if (!Number.isInteger(pid) || pid <= 0) return null
  const known = status === 'ready' || status === 'stopping' || status === 'standby' ? status : 'starting'
  return { pid, port, status: known, file }
}

/** Only where /proc tells; elsewhere the number is believed. */
function isAnotherProgram(pid: number): boolean {
  const comm = readProc(pid, 'comm')
  return comm !== null && !comm.startsWith('postgres')
}
const isZombie = (pid: number): boolean => /\) [ZX] /.test(readProc(pid, 'stat') ?? '')

function readProc(pid: number, name: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8')
  } catch {
    return null
  }
}
