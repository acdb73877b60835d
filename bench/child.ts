/** Processes of ours that a measurement starts: a server that says where it listens, and what a process holds and used. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export interface Server {
  readonly port: number
  readonly pid: number
  stop(): Promise<void>
}

const command = join(import.meta.dirname, '..', 'bin', 'kessai')

/** `bin/kessai` with these words; what it says on its error output is ours too. */
export const kessai = (words: readonly string[], environment: Readonly<Record<string, string>>): ChildProcess =>
  spawn(command, words, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, KESSAI_LOG: 'error', KESSAI_LISTEN: '127.0.0.1:0', ...environment },
  })

/** A `serve` that listens. */
export async function serve(environment: Readonly<Record<string, string>>): Promise<Server> {
  const child = kessai(['serve', '--json'], environment)
  const ended = once(child, 'exit')
  const lines = createInterface({ input: child.stdout ?? process.stdin }) // its output is a pipe
  const hello = await Promise.race([once(lines, 'line'), ended.then(() => null)])
  if (hello === null) throw new Error('the server did not start')
  const { port } = JSON.parse(String(hello[0])) as { port: number } // as `serve --json` prints it
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
  }
  return { port, pid: child.pid ?? 0, stop }
}

const ticksPerSecond = 100

/** CPU seconds a process has used so far; Linux only. */
export function cpuSecondsOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

/** The most memory a process has held so far; Linux only. */
export const peakRssMbOf = (pid: number): number =>
  Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024)
