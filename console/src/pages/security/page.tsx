/** Security of one's own sign-in: password, one-time passwords, and where one is signed in. For root and SAM users. */
import { Section } from '../../parts/section.tsx'
import { PageTitle } from '../../parts/title.tsx'
import { useMe } from '../../shell/signed-in.tsx'
import { securityTexts } from '../../texts/security.ts'
import { PasswordForm } from './password.tsx'
import { Sessions } from './sessions.tsx'
import { OneTimePasswords } from './totp.tsx'
import './security.css'

export function Component() {
  const { totpOn, backupCodesLeft } = useMe()
  return (
    <>
      <PageTitle>{securityTexts.title}</PageTitle>
      <div className="ledger">
        <Section
          note={totpOn ? securityTexts.codesLeft(backupCodesLeft) : securityTexts.totpNote}
          title={securityTexts.totp}
        >
          <OneTimePasswords isOn={totpOn} />
        </Section>
        <Section note={securityTexts.passwordNote} title={securityTexts.password}>
          <PasswordForm />
        </Section>
        <Section note={securityTexts.sessionsNote} title={securityTexts.sessions}>
          <Sessions />
        </Section>
      </div>
    </>
  )
}
