/**
 * The Idempotency-Keys that this process holds. What became of one is written when its request is answered; where the
 * database is away just then, it is remembered here and written later, so that no key is held for ever.
 */
import type { System } from '../operations/system.ts'
import {
  claimRequest,
  finishRequest,
  giveRequestBack,
  type RequestKey,
  type RequestRow,
} from '../postgres/idempotency.ts'

/** Kept for whoever asks again, or (null) the request begins anew when it is asked again. */
export type Outcome = { readonly status: number; readonly answer: string } | null

interface Held {
  /** By name of the key: being worked on here and now. */
  readonly atWork: Set<string>
  readonly unwritten: Map<string, { readonly key: RequestKey; readonly outcome: Outcome }>
  /** One at a time: what is given back late must not be somebody's new claim. */
  writing: Promise<void>
}
const held = new WeakMap<System, Held>()

/** Null when somebody else is at work on it, or it is done. */
export async function claim(
  system: System,
  key: RequestKey,
  wanted: Pick<RequestRow, 'operation' | 'requestHash' | 'resourceId'>,
): Promise<RequestRow | null> {
  const { atWork, unwritten } = heldBy(system)
  const name = nameOf(key)
  if (unwritten.has(name)) await writeLeftOver(system)
  try {
    const claimed = await claimRequest(system.db, key, wanted, system.workerId)
    if (claimed) atWork.add(name)
    return claimed
  } catch (problem) {
    // The claim may be committed although nobody told us.
    if (!atWork.has(name) && !unwritten.has(name)) unwritten.set(name, { key, outcome: null })
    throw problem
  }
}

/** Never rejects: an answer that was made leaves, whether or not it could be kept. */
export async function settle(system: System, key: RequestKey, outcome: Outcome): Promise<void> {
  const { atWork, unwritten } = heldBy(system)
  try {
    await write(system, key, outcome)
  } catch (problem) {
    unwritten.set(nameOf(key), { key, outcome })
    system.log.warn({ problem: String(problem) }, 'what became of a request could not be kept yet; trying again')
  }
  atWork.delete(nameOf(key))
}

/** Writes what could not be written when it happened. Rejects when the database is still away. */
export function writeLeftOver(system: System): Promise<void> {
  const mine = heldBy(system)
  const turn = mine.writing.then(async () => {
    for (const [name, { key, outcome }] of mine.unwritten) {
      if (!mine.atWork.has(name)) await write(system, key, outcome)
      mine.unwritten.delete(name)
    }
  })
  mine.writing = turn.catch(() => undefined)
  return turn
}

const write = ({ db, workerId }: System, key: RequestKey, outcome: Outcome): Promise<void> =>
  outcome === null ? giveRequestBack(db, key, workerId) : finishRequest(db, key, outcome)

function heldBy(system: System): Held {
  const known = held.get(system)
  if (known) return known
  const made: Held = { atWork: new Set(), unwritten: new Map(), writing: Promise.resolve() }
  held.set(system, made)
  return made
}

/** A key has no spaces. */
const nameOf = ({ caller, key }: RequestKey): string => `${key} ${caller}`
