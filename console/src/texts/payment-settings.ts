/** The page of the payment settings. What failed, why, and what helps is said by the API. */
import { said } from './said.ts'

export const settingsTexts = {
  title: said({ en: 'Payment Settings', ja: 'お支払い設定' }),
  coverages: said({ en: 'Coverage types', ja: 'カバレッジ' }),
  hasProblem: said({ en: 'has a payment problem', ja: 'お支払いに問題があります' }),
  state: said({ en: 'Payments', ja: 'お支払い状況' }),
  nothingDue: said({ en: 'Nothing is due. There is nothing to do.', ja: '未払いはありません。お手続きは不要です。' }),
  beingCharged: said({
    en: (sum: string) => `${sum} is being charged …`,
    ja: (sum: string) => `${sum}を決済しています…`,
  }),
  weKeepAsking: said({
    en: 'Your bank has not answered yet. We keep asking; you are not charged twice and need not do anything.',
    ja: '銀行からの回答を待っています。確認を続けており、二重に請求されることはありません。お手続きは不要です。',
  }),
  credit: said({
    en: (sum: string) => `You have a credit of ${sum}; the next invoices use it first.`,
    ja: (sum: string) => `${sum}の残高があります。次回以降のご請求に優先して充当されます。`,
  }),
  persists: said({ en: 'If the problem persists', ja: '問題が解決しない場合' }),
  persistsBody: said({
    en: 'Ask your card issuer whether a block, hold or limit remains. If you can, register another card. If neither helps, contact support as soon as possible, so that your service is not interrupted.',
    ja: 'カード会社に、利用停止や利用枠の制限が残っていないかご確認ください。可能であれば別のカードを登録してください。それでも解決しない場合は、サービスが停止されないよう、お早めにサポートへお問い合わせください。',
  }),
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
