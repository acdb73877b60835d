/** One entry of the ledger: its title and a grey note in the margin, the entry beside it. */
import { type ReactNode, useId } from 'react'

interface SectionProps {
  readonly title: string
  readonly note?: ReactNode
  readonly children: ReactNode
}

export function Section({ title, note, children }: SectionProps) {
  const id = useId()
  return (
    <section aria-labelledby={id} className="section">
      <div>
        <h2 className="section-title" id={id}>
          {title}
        </h2>
        {note ? <div className="section-note">{note}</div> : null}
      </div>
      <div className="section-entry">{children}</div>
    </section>
  )
}
