/** One grey line when the connection is gone: what is shown may be old. */
import { onlineManager } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import { shellTexts } from '../texts/shell.ts'

export function Stale() {
  return (
    <div aria-live="polite" className={useOnline() ? undefined : 'stale'}>
      {useOnline() ? null : <p>{shellTexts.offline}</p>}
    </div>
  )
}

/** False: acts that take money give way to the reason. */
export const useOnline = (): boolean =>
  useSyncExternalStore(
    (listen) => onlineManager.subscribe(listen),
    () => onlineManager.isOnline(),
  )
