/** Where one is signed in, and how to end it there. */
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { answerOf, api } from '../../api/client.ts'
import { queries, sessionsQuery } from '../../api/queries.ts'
import { moment } from '../../format.ts'
import { Rows } from '../../parts/bones.tsx'
import { Button } from '../../parts/button.tsx'
import { Failed } from '../../shell/broken.tsx'
import { securityTexts } from '../../texts/security.ts'

export function Sessions() {
  const { data, error, refetch } = useQuery(sessionsQuery)
  const [busy, setBusy] = useState<string | null>(null)
  const ending = async (which: string, end: () => Promise<unknown>) => {
    setBusy(which)
    // What is already over is what was asked for.
    await end().catch(() => undefined)
    await queries.invalidateQueries({ queryKey: sessionsQuery.queryKey })
    setBusy(null)
  }
  if (error && !data) return <Failed again={() => void refetch()} problem={error} />
  if (!data) return <Rows count={2} />
  return (
    <div className="stack">
      <ul className="sessions">
        {data.items.map(({ sessionId, lastSeenAt, address, userAgent, current }) => (
          <li key={sessionId}>
            <div>
              <p>
                {browserOf(userAgent)}
                {current ? <strong> · {securityTexts.thisOne}</strong> : null}
              </p>
              <p className="small">
                {address} · {securityTexts.lastSeen(moment(lastSeenAt, 'UTC'))}
              </p>
            </div>
            {current ? null : (
              <Button
                busy={busy === sessionId}
                onPress={() =>
                  void ending(sessionId, () =>
                    answerOf(api.DELETE('/api/sessions/{sessionId}', { params: { path: { sessionId } } })),
                  )
                }
              >
                {securityTexts.end}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {data.items.length > 1 ? (
        <Button
          busy={busy === 'others'}
          onPress={() => void ending('others', () => answerOf(api.DELETE('/api/sessions')))}
        >
          {securityTexts.endOthers}
        </Button>
      ) : null}
    </div>
  )
}

/** Enough to know one's own again. */
function browserOf(userAgent: string): string {
  const browser = /(Edg|OPR|Firefox|Chrome|Safari)\//.exec(userAgent)?.[1]
  const system = /(iPhone|iPad|Android|Windows|Mac OS X|Linux)/.exec(userAgent)?.[1]
  return (
    [browser?.replace('Edg', 'Edge').replace('OPR', 'Opera'), system].filter(Boolean).join(', ') ||
    userAgent.slice(0, 60)
  )
}
