/** The sandbox's own addresses: served only where nothing is real, and so not part of `openapi.json`. */
import { queryOptions } from '@tanstack/react-query'
import { csrfHeaders } from '../api/client.ts'

export type Behaviour = 'declined' | 'insufficient_funds' | 'lost' | 'needs_3ds' | 'cured'

export interface SandboxPerson {
  readonly label: { readonly en: string; readonly ja: string }
  readonly signIn: Readonly<Record<string, string>>
  readonly staff?: boolean
}

interface SandboxState {
  readonly now: string
  readonly behaviours: readonly Behaviour[]
  readonly people: readonly SandboxPerson[]
}

export const sandboxQuery = (isMoving: boolean) =>
  queryOptions({
    queryKey: ['sandbox'],
    queryFn: async (): Promise<SandboxState> => (await answered(await fetch('/sandbox/state'))).json(),
    refetchInterval: isMoving ? 500 : 30_000,
  })

/** Answers when everything that fell due on the way has happened. */
export const advanceDays = (days: number) => post('clock', { advance: `P${days}D` })

export const behave = (card: { readonly accountId: string; readonly coverage: string }, behaviour: Behaviour) =>
  post('cards', { ...card, behaviour })

const post = async (path: string, body: object): Promise<void> => {
  const headers = { 'content-type': 'application/json', ...csrfHeaders() }
  await answered(await fetch(`/sandbox/${path}`, { method: 'POST', headers, body: JSON.stringify(body) }))
}

async function answered(response: Response): Promise<Response> {
  if (response.ok) return response
  const problem: unknown = await response.json().catch(() => null)
  throw new Error(problem instanceof Object && 'title' in problem ? String(problem.title) : String(response.status))
}

/** Whole days to the morning of the first of the next month on which the month before has been closed and collected. */
export function daysToNextMonth(now: string): number {
  const at = new Date(now)
  const first = Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1, 10)
  return Math.min(31, Math.max(1, Math.ceil((first - at.getTime()) / 86_400_000)))
}
