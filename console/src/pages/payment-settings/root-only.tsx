/** What a SAM user sees in place of the payment settings: who can help. Nothing about cards is asked of the server. */
import { PageTitle } from '../../parts/title.tsx'
import { useMe } from '../../shell/signed-in.tsx'
import { settingsTexts } from '../../texts/payment-settings.ts'

export function RootOnly() {
  const { paymentHelp, userName } = useMe()
  return (
    <div className="stack">
      <PageTitle>{settingsTexts.title}</PageTitle>
      <p className="message prose">{settingsTexts.rootOnly}</p>
      <p className="prose">{settingsTexts.signedInAsSam(userName ?? '')}</p>
      <p className="prose">{paymentHelp}</p>
    </div>
  )
}
