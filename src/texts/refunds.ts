/** What is said of money given or taken back: states, what may be decided, and why something cannot be done. */
import type { Decision, DisputeRefusal, DisputeStatus } from '../domain/dispute.ts'
import type { RefundRefusal, RefundStatus } from '../domain/refund.ts'
import type { Sentence } from './language.ts'

/** What the API answers instead of a refund, a decision, or thanks for an event. */
export type RepairRefusal = RefundRefusal | DisputeRefusal | 'event_not_accepted' | 'entry_not_closable'

export const refundStatusTexts = {
  intended: { en: 'Being made', ja: '返金手続き中' },
  pending: { en: 'On its way', ja: '返金処理中' },
  unknown: { en: 'Being looked up', ja: '返金状況を確認中' },
  succeeded: { en: 'Refunded', ja: '返金済み' },
  failed: { en: 'Failed', ja: '返金できませんでした' },
  returned: { en: 'Returned by the bank', ja: '銀行から差し戻されました' },
  not_executed: { en: 'Never made', ja: '返金は行われていません' },
  refused: { en: 'Not accepted by the gateway', ja: '決済サービスで受け付けられませんでした' },
} as const satisfies Record<RefundStatus, Sentence>

export const disputeStatusTexts = {
  inquiry: { en: 'The bank asks', ja: '銀行からの照会' },
  open: { en: 'Disputed', ja: '異議申し立て中' },
  under_review: { en: 'Being decided by the network', ja: 'カードブランドで審査中' },
  closed: { en: 'Closed; nothing was taken', ja: '終了（引き落としなし）' },
  lost: { en: 'Lost', ja: '異議が認められました' },
  won: { en: 'Won; the money came back', ja: '異議が却下され返還されました' },
} as const satisfies Record<DisputeStatus, Sentence>

export const decisionLabels = {
  credit_note: { en: 'Accept, with a credit note', ja: '受け入れて請求を減額する' },
  write_off: { en: 'Accept as a loss', ja: '損失として受け入れる' },
  reopen: { en: 'Make it due again', ja: '再度請求の対象とする' },
} as const satisfies Record<Decision, Sentence>

export const repairRefusalTexts = {
  charge_not_captured: {
    en: 'No money was taken by this charge, so there is nothing to give back.',
    ja: 'この決済では売上が確定していないため、返金できません。',
  },
  charge_disputed: {
    en: 'The payment is disputed: the network has the money until it is decided.',
    ja: 'この決済は異議申し立て中のため、結果が出るまで返金できません。',
  },
  refund_currency_differs: {
    en: 'The currency is not that of the charge.',
    ja: '通貨が決済の通貨と一致しません。',
  },
  nothing_to_reopen: {
    en: 'None of this payment paid an invoice, so none can be due again.',
    ja: 'この決済は請求書の支払いに充てられていないため、再請求できません。',
  },
  refunded_already: {
    en: 'All that can be given back in this way has been, or is on its way.',
    ja: '返金できる金額はすべて返金済み、または返金手続き中です。',
  },
  refund_above_captured: {
    en: 'That is more than what is left of what was taken.',
    ja: '返金額が、決済額の残りを超えています。',
  },
  refund_above_credit: {
    en: 'The account’s credit no longer covers it: invoices have used it.',
    ja: 'クレジットはすでに請求に充当されており、残高が不足しています。',
  },
  dispute_decided_already: {
    en: 'Staff have decided this dispute already.',
    ja: 'この異議申し立てへの対応はすでに決定されています。',
  },
  dispute_over: {
    en: 'The dispute is over, and the money is ours: there is nothing to decide.',
    ja: 'この異議申し立ては終了しており、対応は不要です。',
  },
  dispute_took_nothing: {
    en: 'The bank only asks; no money was taken. Answer it at the gateway, or refund the payment.',
    ja: '銀行からの照会のみで、引き落としは行われていません。決済サービスで回答するか、返金してください。',
  },
  dispute_not_lost: {
    en: 'The network may still give the money back; it can be due again once the dispute is lost.',
    ja: '審査中のため返還される可能性があります。異議が認められた後に再請求できます。',
  },
  entry_not_closable: {
    en: 'This goes on by itself or waits for a decision; it closes with that.',
    ja: 'この項目は自動で処理中か、対応の決定待ちです。完了すると閉じられます。',
  },
  event_not_accepted: {
    en: 'The event is not signed with this coverage’s secret, or not within five minutes of now.',
    ja: 'イベントの署名が正しくないか、署名時刻が現在から5分以内ではありません。',
  },
} as const satisfies Record<RepairRefusal, Sentence>
