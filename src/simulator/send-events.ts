/**
 * Sends booked events to the addresses that accounts have registered, and again with growing pauses until they are
 * received (with any 2xx). It runs beside the calls and never holds one up. Times here are wall time.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { ToSend } from './deliveries.ts'
import type { Simulator } from './simulator.ts'

export interface SendEventsOptions {
  readonly simulator: Simulator
  /** Business time, for what happens by itself. */
  readonly now: () => number | Promise<number>
  readonly send?: typeof fetch
  readonly wallNow?: () => number
  /** How often to look for something to send. */
  readonly everyMs?: number
}

interface Sending {
  tries: number
  nextAt: number
  /** Twice for those that come twice. */
  left: number
}

/** Begins to send; answers how to stop, which waits for what is on its way. */
export function sendEvents(options: SendEventsOptions): () => Promise<void> {
  const { simulator, now, send = fetch, wallNow = Date.now, everyMs = 100 } = options
  const stopping = new AbortController()
  const state = new Map<string, Sending>()
  const underWay = new Map<string, Promise<void>>()

  const stateOf = ({ event, fate }: ToSend): Sending => {
    const held = fate === 'late' ? simulator.faults.plan().events.lateMs : fate === 'reordered' ? overtakenMs : 0
    const known = state.get(event.id) ?? { tries: 0, nextAt: wallNow() + held, left: fate === 'twice' ? 2 : 1 }
    state.set(event.id, known)
    return known
  }
  const finish = ({ account, event }: ToSend) => {
    state.delete(event.id)
    simulator.events.confirm(account, [event.id])
  }
  const deliver = async (one: ToSend, sending: Sending) => {
    const { body, signature } = one.sign(wallNow())
    const received = await post(send, one.url, body, signature, stopping.signal)
    sending.tries = received ? 0 : sending.tries + 1
    sending.left -= received ? 1 : 0
    sending.nextAt = wallNow() + (received ? 0 : Math.min(longestPauseMs, firstPauseMs * 2 ** sending.tries))
    if (sending.left === 0) finish(one)
  }
  const round = () => {
    let looked = 0
    for (const one of simulator.events.toSend()) {
      looked += 1
      if (underWay.size >= atOnce || looked > longestLook) return
      if (one.fate === 'lost') finish(one)
      const { id } = one.event
      if (one.fate === 'lost' || underWay.has(id)) continue
      const sending = stateOf(one)
      if (sending.nextAt > wallNow()) continue
      // What could not be confirmed stays in the books and is sent again: twice is better than never.
      const done = deliver(one, sending).catch(() => undefined)
      underWay.set(
        id,
        done.finally(() => underWay.delete(id)),
      )
    }
  }
  const running = (async () => {
    while (!stopping.signal.aborted) {
      // Business time may not be to be had for a while: then nothing happens by itself, and what happened is sent.
      await simulator.events.tick(now).catch(() => undefined)
      round()
      await delay(everyMs, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined)
    }
  })()
  return async () => {
    stopping.abort()
    await running
    await Promise.all(underWay.values())
  }
}

async function post(
  send: typeof fetch,
  url: string,
  body: string,
  signature: string,
  stopping: AbortSignal,
): Promise<boolean> {
  const headers = { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': signature }
  try {
    const signal = AbortSignal.any([stopping, AbortSignal.timeout(answerWithinMs)])
    const response = await send(url, { method: 'POST', headers, body, signal, redirect: 'error' })
    await response.body?.cancel()
    return response.ok
  } catch {
    return false
  }
}

const atOnce = 8
/** Behind so many events that nobody receives, the others wait: a round stays short. */
const longestLook = 1_000
const answerWithinMs = 10_000
const firstPauseMs = 250
const longestPauseMs = 60_000
/** Long enough for those that happened after it to come first. */
const overtakenMs = 2_000
