/**
 * A worker or a server that may die between any two of its effects, or has its connection cut under a statement. It is
 * the real system on connections of its own; what it did not commit the server undoes; it never speaks again, and
 * another takes its place.
 */
import type { System } from '../../../src/operations/system.ts'
import type { CardGateway } from '../../../src/ports/card-gateway.ts'
import { isPassing } from '../../../src/postgres/passing.ts'
import { poolOf, type Session } from './sessions.ts'
import type { Turns } from './turns.ts'

/** What becomes of an actor at an effect: it dies before or after it, or is cut off from the database there. */
export type Fate = 'dies before' | 'dies after' | 'cut off before' | 'cut off after' | null
export type Doom = (effect: string) => Fate

export interface Actor {
  /** The work's answer, or `died`. Whoever died is succeeded at once by another under a new name. */
  run<Result>(work: (system: System) => Promise<Result>, doom?: Doom): Promise<Result | typeof died>
}
export const died: unique symbol = Symbol('died')

export interface Life {
  readonly number: number
  readonly sessions: readonly Session[]
  /** A worker that was cut off from the database ends; a server goes on. */
  readonly endsWhenCutOff: boolean
  readonly turns: Turns
  /** Makes a system of this name on these connections, and says that it is alive. */
  readonly arise: (pool: ReturnType<typeof poolOf>) => Promise<System>
  /** Told when one has died: `workerId`. */
  readonly onDeath: (workerId: string) => Promise<void>
  /** Told of what the gateway answered: `approved`, `unknown`, … */
  readonly onAnswer: (outcome: string) => void
  /** Ends what a dead one's statement still waits for. */
  readonly cancel: (session: Session) => Promise<void>
}

export async function actor(life: Life): Promise<Actor> {
  let body = await bodyOf(life)
  return {
    async run<Result>(work: (system: System) => Promise<Result>, doom: Doom = () => null) {
      body.doom(doom)
      const ended = work(body.system).catch(async (problem: unknown): Promise<typeof died> => {
        if (!life.endsWhenCutOff || !isPassing(problem)) throw problem
        // As the worker's loop does: something may be claimed that nobody works on.
        await body.giveUp()
        return died
      })
      const result = await Promise.race([ended, body.died])
      body.doom(() => null)
      if (body.isDead()) body = await bodyOf(life)
      return result
    },
  }
}

async function bodyOf(life: Life) {
  const { sessions, turns, number } = life
  let doom: Doom = () => null
  let dead = false
  const end = Promise.withResolvers<typeof died>()
  const underWay = new Set<Session>()

  const die = async (): Promise<void> => {
    dead = true
    for (const session of sessions) {
      if (underWay.has(session)) await life.cancel(session)
      await session.undo()
    }
    // Within its last turn: nobody else acts meanwhile.
    await life.onDeath(system.workerId)
    end.resolve(died)
  }
  const effect = <Result>(name: string, act: () => Promise<Result>, session: Session | null): Promise<Result> =>
    new Promise<Result>((resolve, reject) => {
      if (dead) return
      turns.take(
        async () => {
          if (dead) return
          const fate = doom(name)
          if (fate === 'dies before') return die()
          if (session && fate === 'cut off before') return cut(session, reject)
          if (session) underWay.add(session)
          const done = await act().then(
            (result) => () => resolve(result),
            (problem: unknown) => () => reject(problem),
          )
          if (session) underWay.delete(session)
          if (dead) return
          if (fate === 'dies after') return die()
          if (session && fate === 'cut off after') return cut(session, reject)
          done()
        },
        { actor: number, pid: session?.pid ?? null },
      )
    })
  const pool = poolOf(sessions, (session, text, parameters) =>
    effect(effectOf(text, session.open()), () => session.query(text, parameters), session),
  )
  const plain = await life.arise(pool)
  const gateways = new Map(
    [...plain.gateways].map(([coverage, gateway]) => [coverage, mortal(gateway, effect, life.onAnswer)]),
  )
  const system: System = { ...plain, gateways }
  return {
    system,
    giveUp: () => new Promise<void>((resolve) => turns.take(() => die().then(resolve), { actor: number, pid: null })),
    died: end.promise,
    isDead: () => dead,
    doom: (next: Doom) => {
      doom = next
    },
  }
}

type Effect = <Result>(name: string, act: () => Promise<Result>, session: Session | null) => Promise<Result>

async function cut(session: Session, reject: (problem: Error) => void): Promise<void> {
  await session.undo()
  reject(new Error('Connection terminated unexpectedly'))
}

/** `read` for what leaves nothing behind and holds nothing: dying there is dying at the effect before. */
const effectOf = (text: string, open: boolean): string =>
  !open && /^\W*select\b/.test(text) ? 'read' : text.slice(0, 40)

/** Every call is an effect; reading an event is arithmetic. */
function mortal(gateway: CardGateway, effect: Effect, onAnswer: Life['onAnswer']): CardGateway {
  const heard = <Result>(answer: Result): Result => {
    if (typeof answer === 'object' && answer !== null && 'outcome' in answer) onAnswer(String(answer.outcome))
    return answer
  }
  const methods = Object.entries(gateway).map(([name, method]) => {
    if (typeof method !== 'function' || name === 'readEvent') return [name, method]
    const call = method as (request: unknown) => unknown // the port's methods take one request
    return [name, (request: unknown) => effect(`gateway ${name}`, async () => heard(await call(request)), null)]
  })
  return Object.fromEntries(methods) as CardGateway // the same names, of the same types
}
