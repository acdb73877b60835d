/** Payouts, and what moves the gateway's balance, said to staff. */
import type { EntryKind, PayoutStatus, Verdict } from '../domain/settlement.ts'
import type { Sentence } from './language.ts'

export const payoutStatusTexts = {
  on_its_way: { en: 'on its way to the bank', ja: '銀行へ送金中' },
  paid: { en: 'paid out', ja: '入金済み' },
  failed: { en: 'sent back by the bank', ja: '銀行から差し戻し' },
} as const satisfies Record<PayoutStatus, Sentence>

export const entryKindTexts = {
  capture: { en: 'payment', ja: '決済' },
  refund: { en: 'refund', ja: '返金' },
  refund_returned: { en: 'refund that came back', ja: '返金の差し戻し' },
  dispute_withdrawn: { en: 'taken back by a dispute', ja: '異議申し立てによる引き落とし' },
  dispute_reinstated: { en: 'given back after a dispute', ja: '異議申し立て後の返還' },
  fee: { en: 'fee', ja: '手数料' },
  payout: { en: 'payout', ja: '入金' },
  payout_returned: { en: 'payout that came back', ja: '入金の差し戻し' },
  adjustment: { en: 'adjustment', ja: '調整' },
} as const satisfies Record<EntryKind, Sentence>

export const verdictTexts = {
  ours: { en: 'agrees with our books', ja: '帳簿と一致' },
  platform: { en: 'concerns no account', ja: 'アカウントに関係しない明細' },
  open: { en: 'is not in our books, or not yet', ja: '帳簿に未記録' },
} as const satisfies Record<Verdict, Sentence>

/** Whether the clearing account is the gateway's balance. */
export const clearingTexts = {
  agrees: { en: 'To the cent: our books have what the gateway has.', ja: '帳簿と決済サービスの残高は一致しています。' },
  differs: {
    en: 'Our books and the gateway’s balance differ: see what is open.',
    ja: '帳簿と決済サービスの残高に差異があります。未記録の明細を確認してください。',
  },
  unread: { en: 'The gateway’s balance has not been read yet.', ja: '決済サービスの残高はまだ取得されていません。' },
} as const satisfies Record<string, Sentence>
