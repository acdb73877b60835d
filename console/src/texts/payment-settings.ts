/** The page of the payment settings. What failed, why, and what helps is said by the API. */
import { said } from './said.ts'

export const settingsTexts = {
  title: said({ en: 'Payment Settings', ja: 'お支払い設定' }),
  coverages: said({ en: 'Coverage types', ja: 'カバレッジ' }),
  hasProblem: said({ en: 'has a payment problem', ja: 'お支払いに問題があります' }),
  method: said({ en: 'Payment method', ja: 'お支払い方法' }),
  methodNote: said({
    en: (coverage: string) => `For ${coverage} coverage only. Each coverage has its own.`,
    ja: (coverage: string) => `${coverage}カバレッジ専用です。カバレッジごとに登録します。`,
  }),
  none: said({ en: 'No payment method is registered.', ja: 'お支払い方法は登録されていません。' }),
  trial: said({
    en: (until: string) => `Trial until ${until}. Fees of days within it are not charged.`,
    ja: (until: string) => `トライアル期間中です（${until}まで）。期間中のご利用料金は請求されません。`,
  }),
  bankTransfer: said({
    en: 'Bank transfer. You receive an invoice at the beginning of each month and pay it by its due date.',
    ja: '銀行振込。毎月初めに請求書が届きますので、支払期日までにお振り込みください。',
  }),
  expires: said({ en: 'Expires', ja: '有効期限' }),
  validity: {
    expiring_soon: said({ en: 'expires soon', ja: 'まもなく期限切れ' }),
    expired: said({ en: 'expired', ja: '期限切れ' }),
  },
  registered: said({ en: 'Registered', ja: '登録日時' }),
  verification: said({ en: 'Verification', ja: 'カードの確認' }),
  holdReleased: said({
    en: (sum: string) => `Hold of ${sum} placed and released`,
    ja: (sum: string) => `${sum}の与信枠を確保し、解放しました`,
  }),
  holdPlaced: said({
    en: (sum: string) => `Hold of ${sum} placed; it is being released`,
    ja: (sum: string) => `${sum}の与信枠を確保しました（解放中）`,
  }),
  noMoneyTaken: said({ en: 'No money was taken.', ja: 'ご請求は発生していません。' }),
  outstanding: said({ en: 'Outstanding invoices', ja: '未払いの請求' }),
  oldestFirst: said({ en: 'Oldest is collected first.', ja: '古いものから順に決済されます。' }),
  month: said({ en: 'Month', ja: 'ご利用月' }),
  lastAttempt: said({ en: 'Last attempt', ja: '前回の決済' }),
  amount: said({ en: 'Amount', ja: '金額' }),
  total: said({ en: 'Total', ja: '合計' }),
  rootOnly: said({
    en: 'Only the root user of this account can see and change payment settings.',
    ja: 'お支払い設定を確認・変更できるのは、このアカウントのルートユーザーのみです。',
  }),
  signedInAsSam: said({
    en: (name: string) => `You are signed in as the SAM user ${name}. SAM users cannot be given access to this page.`,
    ja: (name: string) =>
      `SAM ユーザー ${name} でサインインしています。SAM ユーザーにこのページの権限を付与することはできません。`,
  }),
}
