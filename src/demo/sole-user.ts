/**
 * One `start` at a time in a data folder. What a killed one left running ends by itself within moments; we wait for it,
 * because two card networks must never write the same books.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { exitCodes } from '../cli/exit-codes.ts'
import { CommandError } from '../cli/wire.ts'

export interface SoleUser {
  /** Notes a process that belongs to us, for whoever comes after us. */
  note(pid: number): void
  release(): void
}

interface Noted {
  readonly pid: number
  readonly children: readonly number[]
}

const patienceMs = 15_000
const pollMs = 50

/** Rejects with a CommandError while another one is alive. */
export async function becomeSoleUser(folder: string): Promise<SoleUser> {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'start.json')
  const before = read(file)
  if (before && before.pid !== process.pid && isOurs(before.pid)) {
    throw new CommandError(
      `process ${before.pid} is playing in ${folder} already: stop it with Ctrl-C, or set KESSAI_DATA to another folder`,
      exitCodes.notNow,
    )
  }
  for (const child of before?.children ?? []) await untilGone(child)
  const children: number[] = []
  const write = () => {
    // Renamed into place, so that nobody ever reads half of it.
    writeFileSync(`${file}.new`, JSON.stringify({ pid: process.pid, children } satisfies Noted))
    renameSync(`${file}.new`, file)
  }
  write()
  return {
    note(pid) {
      children.push(pid)
      write()
    },
    release: () => rmSync(file, { force: true }),
  }
}

function read(file: string): Noted | null {
  try {
    // Written above.
    return JSON.parse(readFileSync(file, 'utf8')) as Noted
  } catch {
    return null
  }
}

async function untilGone(pid: number): Promise<void> {
  for (let waitedMs = 0; isOurs(pid); waitedMs += pollMs) {
    if (waitedMs >= patienceMs) process.kill(pid, 'SIGKILL')
    await delay(pollMs)
  }
}

/** Process ids come round again: only one that runs this program counts. */
function isOurs(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return /kessai|main\.ts/.test(execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }))
  } catch {
    return false
  }
}
