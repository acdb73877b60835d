/** What needs a person, said to staff. */
import type { StaffQueueKind } from '../domain/staff-queue.ts'
import type { Sentence } from './language.ts'

export const staffQueueTexts = {
  charge_unknown: {
    en: 'No answer from the gateway about a payment for a day. It is still being looked up.',
    ja: '決済の結果が1日以上わかりません。照会を続けています。',
  },
  charge_refused: {
    en: 'The gateway refused our payment request: check the key and the settings.',
    ja: '決済サービスが決済リクエストを拒否しました。キーと設定を確認してください。',
  },
  captured_in_excess: {
    en: 'More was taken than was due. The rest is credit; it can be paid back.',
    ja: '請求額を超えて決済されました。超過分はクレジットになっており、返金できます。',
  },
  refund_unknown: {
    en: 'No answer from the gateway about a refund for a day. It is still being looked up.',
    ja: '返金の結果が1日以上わかりません。照会を続けています。',
  },
  refund_failed: {
    en: 'A refund failed or came back from the bank. Find another way, or ask for it again.',
    ja: '返金に失敗したか、銀行から差し戻されました。別の方法を検討するか、もう一度返金してください。',
  },
  refund_refused: {
    en: 'The gateway refused our refund request: check the key and the settings.',
    ja: '決済サービスが返金リクエストを拒否しました。キーと設定を確認してください。',
  },
  refund_at_gateway: {
    en: 'Money was given back at the gateway’s dashboard. Check that the credit note is what was meant.',
    ja: '決済サービスの管理画面で返金が行われました。減額の処理が意図どおりか確認してください。',
  },
  dispute_open: {
    en: 'A payment is disputed. The invoice is not collected until it is decided.',
    ja: '決済に異議申し立てがありました。対応が決まるまで請求は行われません。',
  },
  dispute_reinstated: {
    en: 'The network gave disputed money back after it had been decided. Check the account’s credit.',
    ja: '対応の決定後に、異議申し立ての金額が返還されました。クレジットを確認してください。',
  },
} as const satisfies Record<StaffQueueKind, Sentence>
