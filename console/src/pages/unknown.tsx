/** An address that leads nowhere. */
import { Link } from 'react-router'
import { PageTitle } from '../parts/title.tsx'
import { shellTexts } from '../texts/shell.ts'

export const Component = () => (
  <div className="stack">
    <PageTitle>{shellTexts.unknownTitle}</PageTitle>
    <p className="prose">{shellTexts.unknownBody}</p>
    <p>
      <Link to="/payment-settings">{shellTexts.paymentSettings}</Link>
    </p>
  </div>
)
