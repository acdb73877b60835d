/** Uses up a one-time password or a backup code, under the lock of its login: no code is accepted twice. */
import type { Queries } from '../../postgres/database.ts'
import { type LoginRow, writeBackupCodes, writeTotpStep } from '../../postgres/logins.ts'
import type { System } from '../system.ts'
import { hashOfBackupCode, isTotpCode, stepOfCode } from './one-time-codes.ts'

/** What it was, or null when it is not right (any longer). `login` is read under its lock. */
export async function useCode(
  system: System,
  tx: Queries,
  login: LoginRow,
  code: string,
): Promise<'totp' | 'backup_code' | null> {
  if (isTotpCode(code)) {
    const step = stepOfCode(system, login, code.trim(), system.wallNow())
    if (step === null) return null
    await writeTotpStep(tx, login.loginId, step)
    return 'totp'
  }
  const used = hashOfBackupCode(code)
  if (!login.backupCodeHashes.includes(used)) return null
  await writeBackupCodes(
    tx,
    login.loginId,
    login.backupCodeHashes.filter((kept) => kept !== used),
  )
  return 'backup_code'
}
