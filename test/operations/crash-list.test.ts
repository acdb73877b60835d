/** Every operation there is dies somewhere: in a scene of `crash-*.test.ts`, or there is a reason why it need not. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const here = import.meta.dirname
const operationsFolder = join(here, '..', '..', 'src', 'operations')

/** Asks and changes nothing of the database. */
const reads = [
  'balancesToSettle',
  'bucketsWithMail',
  'deviceMark',
  'deviceOf',
  'dueReconciliations',
  'expiryMonths',
  'gatewayOf',
  'identify',
  'knownAccounts',
  'newBackupCodes',
  'newToken',
  'newTotp',
  'nextInstant',
  'open',
  'periodOf',
  'planDailyReconciliations',
  'previewCollection',
  'previewStanding',
  'readCoverage',
  'readPaymentSettings',
  'readRefundable',
  'rulesOf',
  'seal',
  'seeLogin',
  'stepOfCode',
  'tellAccount',
  'tellInvoice',
  'tellRegistration',
  'tellUnsettled',
  'triedTooOften',
  'todayIn',
  'trialDays',
  'waitBeforeRegistering',
]

/** Runs within others, which die in every one of its statements: `scene` names one of them. */
const parts: Readonly<Record<string, string>> = {
  audit: 'revoke',
  confirmUnder: 'finishStaffSetUp',
  countDeclined: 'finishRegistration',
  countHashing: 'finishPasswordReset',
  heed: 'handleGatewayEvents',
  intendRefund: 'requestRefund',
  judgeOpenEntries: 'settleBalance',
  judgeStandings: 'sweepStandings',
  judgeWoken: 'performDueCharges',
  loginOfLink: 'finishPasswordReset',
  makeLink: 'inviteStaff',
  openSession: 'signIn',
  orderIntent: 'confirmOrder',
  performCharge: 'finishDueRegistrations',
  performIntended: 'attemptDueInvoices',
  queueLink: 'inviteRoot',
  reconcileSome: 'reconcilePage',
  recordDispute: 'handleGatewayEvents',
  recordOutcomes: 'performDueCharges',
  recordRefund: 'performDueRefunds',
  recordRefundOf: 'handleGatewayEvents',
  settleStray: 'handleGatewayEvents',
  findRefunds: 'handleGatewayEvents',
  tellAccountEvent: 'addSamUser',
  tellOrder: 'confirmOrder',
  tellSecurity: 'finishPasswordReset',
  updateCards: 'handleGatewayEvents',
  useCode: 'signIn',
  watchRefusals: 'performDueCharges',
  withOrder: 'confirmOrder',
  withOrderAndCredit: 'returnOrder',
  writeNewPassword: 'finishPasswordReset',
}

const oneStatement =
  'one short transaction without an answer that matters: half of it does not exist, and asked again it is done'
const exceptions: Readonly<Record<string, string>> = {
  advanceClock: 'the sandbox alone: it stands where it got to, and the same call goes on (advance-clock.test.ts)',
  signIn: 'a session whose token never arrived is nobody’s, and ends by itself; signing in again opens another',
  requestPasswordReset: 'asked again it sends another link, and the first is good no more',
  inviteRoot: 'asked again it sends another link, and the first is good no more',
  setRootPassword: 'the made-up platform alone',
  changePassword: 'writes as finishPasswordReset does, in one transaction',
  setSamPassword: 'writes as finishPasswordReset does, in one transaction',
  checkPassword: 'counts a guess, and takes it back: dying between them leaves one guess too many counted, for an hour',
  countAgainst: oneStatement,
  countCode: oneStatement,
  countGuess: oneStatement,
  forgiveGuess: oneStatement,
  beginStaffSetUp: oneStatement,
  beginTotp: oneStatement,
  confirmTotp: 'turns on as finishStaffSetUp does; codes that never arrived are replaced with the one-time password',
  removeTotp: oneStatement,
  removeRootTotp: oneStatement,
  signOut: oneStatement,
  endOwnSession: oneStatement,
  endOtherSessions: oneStatement,
}

const exported =
  /^export (?:async )?(?:function (\w+)|const (\w+) = (?:async )?)(?:<[^>]*>)?\(\s*(?:tx: Queries,\s*)?(?:\{[^}]*\}|\w+): (?:System|Pick<\s*System)/gm

const operations = readdirSync(operationsFolder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .flatMap((name) => [...readFileSync(join(operationsFolder, name), 'utf8').matchAll(exported)])
  .map(([, named, made]) => named ?? made ?? '')

/** The files whose scenes die, and the acts that they borrow. */
const testFolder = join(here, '..')
const scenes = readdirSync(testFolder, { recursive: true, encoding: 'utf8' })
  .filter(
    (name) =>
      (name.endsWith('.test.ts') && !name.endsWith('crash-list.test.ts')) || name === join('support', 'orders.ts'),
  )
  .map((name) => readFileSync(join(testFolder, name), 'utf8'))
  .filter((text) => text.includes('crashEverywhere(database') || text.includes('export const actsOn'))

const inScene = (operation: string) => scenes.some((text) => new RegExp(`\\b${operation}\\(`).test(text))

test('there are operations, and each dies in a scene or has a reason not to', () => {
  expect(operations.length).toBeGreaterThan(90)
  const explained = new Set([...reads, ...Object.keys(parts), ...Object.keys(exceptions)])
  expect(operations.filter((operation) => !inScene(operation) && !explained.has(operation))).toEqual([])
})

test('nothing is explained that is not there', () => {
  const known = new Set(operations)
  for (const name of [...reads, ...Object.keys(parts), ...Object.keys(exceptions)]) expect(known).toContain(name)
  for (const whole of Object.values(parts)) expect(inScene(whole) || whole in exceptions || whole in parts).toBe(true)
})
