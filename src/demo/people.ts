/** Who the sandbox's page offers to sign in as. */
import type { SandboxPerson } from '../api/sandbox/sandbox.ts'
import { emailOf, residents, samUserName, sandboxPassword, staffMembers } from './residents.ts'

export const sandboxPeopleOf = (): SandboxPerson[] => [
  ...residents.map(({ accountId, label }) => ({
    label: { en: `${accountId}: ${label.en}`, ja: `${accountId}: ${label.ja}` },
    signIn: { email: emailOf(accountId), password: sandboxPassword },
  })),
  {
    label: { en: 'A SAM user: sees no payment information', ja: 'SAMユーザー（お支払い情報は見られません）' },
    signIn: { accountId: samAccount, userName: samUserName, password: sandboxPassword },
  },
  ...staffMembers.map(({ name, email, role }) => ({
    label: { en: `Staff: ${name}, ${role}`, ja: `スタッフ: ${name}（${role}）` },
    signIn: { email, password: sandboxPassword },
    staff: true,
  })),
]

/** The account with the failed card has a SAM user, too. */
export const failedAccount = residents[1]?.accountId ?? ''
const samAccount = failedAccount
