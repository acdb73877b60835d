/**
 * Open-loop load: requests begin when their time has come, however late the answers of those before are, and each is timed
 * from when it was due. So a server that stalls shows in the percentiles, and not only in the count.
 */
import { Agent, request } from 'node:http'
import { createHistogram } from 'node:perf_hooks'

export interface Asked {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly token: string
  /** Where the payer sits, as a proxy before the server tells it: one address alone would meet its limit. */
  readonly address: string
}

export interface Load {
  readonly port: number
  readonly perSecond: number
  /** What the request with this number asks; counted from 0. */
  readonly ask: (index: number) => Asked
}

export interface Answered {
  readonly count: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
  /** Statuses other than 2xx, and connections that broke. */
  readonly failed: number
  /** By how much this process itself was late to ask, at the 99th percentile: part of the figures above. */
  readonly lateP99Ms: number
}

/** Asks until `signal` is aborted, then waits for what was asked. */
export async function openLoop({ port, perSecond, ask }: Load, signal: AbortSignal): Promise<Answered> {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 })
  const [took, late] = [createHistogram(), createHistogram()]
  const under = new Set<Promise<void>>()
  let failed = 0
  const startedMs = performance.now()
  const one = async (index: number, dueMs: number) => {
    const status = await answerOf(agent, port, ask(index)).catch(() => 0)
    if (status < 200 || status > 299) failed += 1
    took.record(microseconds(performance.now() - dueMs))
  }
  let index = 0
  while (!signal.aborted) {
    const dueMs = startedMs + (index * 1000) / perSecond
    const nowMs = performance.now()
    if (nowMs < dueMs) {
      await new Promise((resolve) => setTimeout(resolve, dueMs - nowMs))
      continue
    }
    late.record(microseconds(nowMs - dueMs))
    const asked = one(index, dueMs).finally(() => under.delete(asked))
    under.add(asked)
    index += 1
  }
  await Promise.all(under)
  agent.destroy()
  const ms = (value: number) => Math.round(value / 100) / 10
  return {
    count: index,
    p50Ms: ms(took.percentile(50)),
    p99Ms: ms(took.percentile(99)),
    maxMs: ms(took.max),
    failed,
    lateP99Ms: ms(late.percentile(99)),
  }
}

// A histogram holds whole numbers from 1.
const microseconds = (ms: number): number => Math.max(1, Math.round(ms * 1000))

const answerOf = (agent: Agent, port: number, { method, path, token, address }: Asked): Promise<number> =>
  new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, 'x-forwarded-for': address }
    const asked = request({ agent, host: '127.0.0.1', port, method, path, headers }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
      response.on('error', reject)
    })
    asked.on('error', reject)
    asked.end()
  })
