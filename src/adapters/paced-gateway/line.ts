/**
 * The calls of this process that wait for a place at one endpoint. Places are drawn for calls that are already there,
 * a few at a time and a little ahead; a call goes when its place's moment has come. First come, first served, but a
 * person before everybody: the next place is theirs, whoever it was drawn for.
 */
import type { Draw, Places } from '../../domain/pace.ts'

export interface Line {
  /** Waits for a place. False when it took longer than `longestWaitMs`: the call must not be made then. */
  place(urgent: boolean): Promise<boolean>
}

export interface LineOptions {
  readonly draw: (draw: Draw) => Promise<Places>
  readonly longestWaitMs: number
  /** Told of each draw that failed; the calls go on waiting. */
  readonly onTrouble: (error: unknown) => void
}

interface Waiting {
  readonly sinceMs: number
  readonly go: (inTime: boolean) => void
}

/** The next draw is made when the last place is this near: one draw's time on a busy database. */
const aheadMs = 150
/** A place that nobody used by then may be somebody else's moment already. */
const placeLifeMs = 250
/** While others have taken every place, ask less and less often, up to here. */
const longestPauseMs = 200
const longestOutagePauseMs = 2_000

export function openLine({ draw, longestWaitMs, onTrouble }: LineOptions): Line {
  const people: Waiting[] = []
  const others: Waiting[] = []
  let places: { readonly atMs: number; readonly endsMs: number }[] = []
  let drawing = false
  let drawsInVain = 0
  let failures = 0
  let nextDrawMs = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  const waiting = () => people.length + others.length

  function pump(): void {
    const nowMs = performance.now()
    giveUp(nowMs)
    serve(nowMs)
    if (mayDraw(nowMs)) void drawMore()
    wake(nowMs)
  }

  function giveUp(nowMs: number): void {
    for (const queue of [people, others]) {
      while (queue[0] && nowMs - queue[0].sinceMs >= longestWaitMs) queue.shift()?.go(false)
    }
  }

  function serve(nowMs: number): void {
    places = places.filter((place) => place.endsMs > nowMs)
    while (places[0] && places[0].atMs <= nowMs && waiting() > 0) {
      places.shift()
      const next = people.shift() ?? others.shift()
      next?.go(true)
    }
  }

  function mayDraw(nowMs: number): boolean {
    if (drawing || waiting() <= places.length || nowMs < nextDrawMs) return false
    return (places.at(-1)?.atMs ?? 0) < nowMs + aheadMs
  }

  async function drawMore(): Promise<void> {
    drawing = true
    // Calls that come together are drawn for together.
    await null
    const asked = people.length
    try {
      const drawn = await draw({ want: waiting() - places.length, people: asked })
      take(drawn, performance.now())
      // Whoever came while the others' draw was under way asks again at once, with a person's right.
      if (people.length > asked) nextDrawMs = 0
    } catch (error) {
      failures += 1
      nextDrawMs = performance.now() + Math.min(longestOutagePauseMs, 100 * 2 ** failures)
      onTrouble(error)
    } finally {
      drawing = false
      pump()
    }
  }

  function take({ count, startsInMs, spacingMs, againInMs }: Places, nowMs: number): void {
    failures = 0
    drawsInVain = count > 0 ? 0 : drawsInVain + 1
    nextDrawMs =
      count > 0 ? 0 : nowMs + Math.max(againInMs, Math.min(longestPauseMs, againInMs * 2 ** (drawsInVain - 1)))
    for (let index = 0; index < count; index += 1) {
      const atMs = nowMs + startsInMs + index * spacingMs
      places.push({ atMs, endsMs: Math.max(atMs, nowMs) + placeLifeMs })
    }
  }

  /** One timer, for whatever comes first. */
  function wake(nowMs: number): void {
    clearTimeout(timer)
    if (waiting() === 0) return
    const moments = [people[0], others[0]].flatMap((first) => (first ? [first.sinceMs + longestWaitMs] : []))
    if (places[0]) moments.push(places[0].atMs)
    if (!drawing && waiting() > places.length) {
      moments.push(Math.max(nextDrawMs, (places.at(-1)?.atMs ?? nowMs) - aheadMs))
    }
    timer = setTimeout(pump, Math.max(1, Math.ceil(Math.min(...moments) - nowMs)))
  }

  return {
    place: (urgent) =>
      new Promise((go) => {
        ;(urgent ? people : others).push({ sinceMs: performance.now(), go })
        if (urgent && failures === 0) nextDrawMs = 0
        pump()
      }),
  }
}
