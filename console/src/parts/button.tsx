/** A button that does one thing at a time: while it works it keeps its place, says so, and a second press does nothing. */
import type { ReactNode } from 'react'

interface ButtonProps {
  readonly children: ReactNode
  readonly busy?: boolean
  /** What it says while it works. */
  readonly busyLabel?: string
  readonly filled?: boolean
  readonly plain?: boolean
  /** Left out: it submits its form. */
  readonly onPress?: () => void
}

export function Button({ children, busy = false, busyLabel, filled, plain, onPress }: ButtonProps) {
  const className = ['button', filled ? 'filled' : '', plain ? 'plain' : ''].filter(Boolean).join(' ')
  return (
    <button
      aria-disabled={busy}
      className={className}
      onClick={(event) => {
        if (busy) return event.preventDefault()
        onPress?.()
      }}
      type={onPress ? 'button' : 'submit'}
    >
      {busy && busyLabel ? busyLabel : children}
    </button>
  )
}
