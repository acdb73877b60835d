/** `bin/kessai start` as a person runs it: the real processes, in a data folder and on an address of their own. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const command = join(import.meta.dirname, '..', '..', 'bin', 'kessai')

export interface Sandbox {
  readonly address: string
  readonly platformKey: string
  /** Standard output so far. */
  printed(): string
  /** It and every process under it that is there now. */
  family(): number[]
  /** Resolves with the exit code, or null, once it is gone. */
  end(signal: NodeJS.Signals): Promise<number | null>
}

/** Resolves once everything runs; rejects with what it said when it ends before. */
export async function startSandbox(folder: string, { json }: { readonly json: boolean }): Promise<Sandbox> {
  const child = spawn(command, ['start', ...(json ? ['--json'] : [])], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...neutral(process.env), KESSAI_DATA: folder, KESSAI_LISTEN: '127.0.0.1:0' },
  })
  running.add(child)
  const closed = once(child, 'close').then(([code]) => {
    running.delete(child)
    return code as number | null // of the event
  })
  let printed = ''
  let complained = ''
  child.stdout.on('data', (chunk) => (printed += String(chunk)))
  child.stderr.on('data', (chunk) => (complained += String(chunk)))
  const isUp = () => (json ? printed.endsWith('}\n') : printed.includes('stop: Ctrl-C'))
  while (!isUp()) {
    if (child.exitCode !== null) throw new Error(`start ended with ${child.exitCode}:\n${printed}\n${complained}`)
    await delay(100)
  }
  return {
    address: /http:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0] ?? '',
    platformKey: /kak_[\w-]+/.exec(printed)?.[0] ?? '',
    printed: () => printed,
    family: () => familyOf(child.pid ?? -1),
    end(signal) {
      child.kill(signal)
      return closed
    },
  }
}

const running = new Set<ChildProcess>()

/** For the end of a file of tests, whatever became of them: nothing of ours stays. */
export async function endSandboxes(): Promise<void> {
  for (const child of running) {
    const family = familyOf(child.pid ?? -1)
    child.kill('SIGINT')
    await Promise.race([once(child, 'close'), delay(20_000)])
    for (const pid of family.filter(isAlive)) process.kill(pid, 'SIGKILL')
  }
}

export const isAlive = (pid: number): boolean => processes().some((one) => one.pid === pid)

function familyOf(parent: number): number[] {
  const all = processes()
  const under = (pid: number): number[] => [
    pid,
    ...all.filter((one) => one.parent === pid).flatMap((one) => under(one.pid)),
  ]
  return under(parent)
}

/** All that run; one that has ended and was not waited for is over. */
const processes = (): { pid: number; parent: number }[] =>
  execFileSync('ps', ['-e', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , state]) => !state?.startsWith('Z'))
    .map(([pid, parent]) => ({ pid: Number(pid), parent: Number(parent) }))

/** Without what this shell has set for a Kessai of its own. */
const neutral = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !/^(KESSAI_|STRIPE_|DATABASE_URL$)/.test(name)))
