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
  return_not_refunded: {
    en: 'An order came back, and its payment could not be refunded. Refund it once the dispute allows, or close this.',
    ja: '返品された注文の代金を返金できませんでした。異議申し立ての結果を確認し、必要に応じて返金してください。',
  },
  dispute_open: {
    en: 'A payment is disputed. The invoice is not collected until it is decided.',
    ja: '決済に異議申し立てがありました。対応が決まるまで請求は行われません。',
  },
  dispute_reinstated: {
    en: 'The network gave disputed money back after it had been decided. Check the account’s credit.',
    ja: '対応の決定後に、異議申し立ての金額が返還されました。クレジットを確認してください。',
  },
  books_differ: {
    en: 'Our books and the gateway’s differ, and nothing was changed. Compare the evidence with the gateway’s dashboard.',
    ja: '当方の帳簿と決済サービスの記録が一致しません。帳簿は変更されていません。管理画面で記録を確認してください。',
  },
  payment_by_hand: {
    en: 'A payment of this customer was made at the gateway without us. Check what it was for; it is not in the books.',
    ja: 'この顧客の決済が決済サービス側で直接行われました。帳簿には含まれていません。内容を確認してください。',
  },
  payment_unmatched: {
    en: 'The gateway took money for an account or card that our books do not have. Put the account back, then reconcile again.',
    ja: '帳簿にないアカウントまたはカードで決済が行われています。アカウントを登録し直してから、もう一度照合してください。',
  },
  registration_lost: {
    en: 'A card was registered that our books do not have. Ask the payer to register it again.',
    ja: '帳簿にないカードが登録されています。お客様にカードの再登録を依頼してください。',
  },
  settlement_mismatch: {
    en: 'The gateway’s balance and our books differ about a payment. Compare both, and mend the one that is wrong.',
    ja: '決済サービスの残高明細と帳簿が一致しません。両方を確認し、誤りを訂正してください。',
  },
} as const satisfies Record<StaffQueueKind, Sentence>
