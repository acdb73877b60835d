/** What a stretch of work cost: wall time, CPU of this process and of the database server, the most memory it held. */
import { readdirSync, readFileSync } from 'node:fs'

export interface Cost {
  readonly seconds: number
  /** This process and the database server together. */
  readonly cpuSeconds: number
  readonly appCpuSeconds: number
  readonly databaseCpuSeconds: number
  /** Of this process. */
  readonly peakRssMb: number
}

/** `postmaster` is the database server's process id. */
export async function measure(postmaster: number, work: () => Promise<void>): Promise<Cost> {
  let peak = process.memoryUsage.rss()
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss())
  }, 20)
  const database = serverCpuSeconds(postmaster)
  const app = process.cpuUsage()
  const from = performance.now()
  try {
    await work()
  } finally {
    clearInterval(watch)
  }
  const seconds = (performance.now() - from) / 1000
  const { user, system } = process.cpuUsage(app)
  const appCpuSeconds = (user + system) / 1e6
  const databaseCpuSeconds = serverCpuSeconds(postmaster) - database
  const cpuSeconds = appCpuSeconds + databaseCpuSeconds
  return { seconds, cpuSeconds, appCpuSeconds, databaseCpuSeconds, peakRssMb: peak / 2 ** 20 }
}

const ticksPerSecond = 100

/** The server's processes, those that have ended included: Linux adds a child's time to its parent's when it is reaped. */
function serverCpuSeconds(postmaster: number): number {
  let ticks = 0
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const fields = statOf(entry)
    if (!fields) continue
    const [parent, user, system, reapedUser, reapedSystem] = fields
    if (Number(entry) === postmaster) ticks += user + system + reapedUser + reapedSystem
    else if (parent === postmaster) ticks += user + system
  }
  return ticks / ticksPerSecond
}

function statOf(pid: string): [number, number, number, number, number] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    return [fields[1] ?? 0, fields[11] ?? 0, fields[12] ?? 0, fields[13] ?? 0, fields[14] ?? 0]
  } catch {
    return null // it ended while we looked
  }
}
