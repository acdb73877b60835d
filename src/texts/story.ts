/** One account's story, row by row, as `account show` and later the console's timeline tell it. */
import type { EventKind } from '../domain/event.ts'
import type { InvoiceStatus } from '../domain/invoice.ts'
import type { PostingKind } from '../domain/ledger.ts'
import type { Trigger } from '../domain/retry.ts'
import type { Language, Sentence } from './language.ts'

type Word = Readonly<Record<Language, string>>

export const invoiceStatusTexts = {
  awaiting_approval: { en: 'awaiting approval', ja: '承認待ち' },
  scheduled: { en: 'scheduled', ja: '決済予定' },
  outstanding: { en: 'outstanding', ja: '未払い' },
  paid: { en: 'paid', ja: '支払い済み' },
  waived: { en: 'waived', ja: '免除' },
  carried_over: { en: 'carried over', ja: '繰り越し' },
  credited: { en: 'credited', ja: 'クレジット' },
} as const satisfies Record<InvoiceStatus, Word>

export const triggerTexts = {
  run: { en: 'monthly run', ja: '月次決済' },
  daily_retry: { en: 'daily retry', ja: '日次の再決済' },
  activate: { en: 'Activate', ja: 'お客様による再決済' },
  card_registered: { en: 'new card', ja: 'カード登録時の決済' },
  order: { en: 'order', ja: 'ご注文の決済' },
  verification: { en: 'card verification', ja: 'カードの確認' },
  staff: { en: 'by staff', ja: '担当者による決済' },
  found: { en: 'found at the gateway', ja: '決済サービスで見つかった決済' },
} as const satisfies Record<Trigger, Word>

export const postingTexts = {
  invoice_net: { en: 'fees invoiced', ja: '利用料金の請求' },
  invoice_tax: { en: 'tax invoiced', ja: '消費税の請求' },
  credit_applied: { en: 'credit applied', ja: 'クレジットの充当' },
  invoice_net_reversed: { en: 'discounts invoiced', ja: '割引の請求' },
  invoice_tax_reversed: { en: 'tax on discounts', ja: '割引分の消費税' },
  month_credited_net: { en: 'month credited', ja: '当月分のクレジット' },
  month_credited_tax: { en: 'tax credited', ja: '消費税のクレジット' },
  month_credited_net_reversed: { en: 'fees set against the credit', ja: 'クレジットから差し引く利用料金' },
  month_credited_tax_reversed: { en: 'tax set against the credit', ja: 'クレジットから差し引く消費税' },
  captured: { en: 'payment captured', ja: 'お支払い' },
  captured_in_excess: { en: 'captured in excess', ja: '過払い分' },
  order_net: { en: 'order paid', ja: 'ご注文のお支払い' },
  order_tax: { en: 'tax on the order', ja: 'ご注文の消費税' },
  refunded: { en: 'refunded', ja: '返金' },
  refund_returned: { en: 'refund came back', ja: '返金の差し戻し' },
  refund_returned_in_excess: { en: 'refund came back: credit', ja: '返金の差し戻し（クレジット）' },
  credit_noted_net: { en: 'credit note', ja: '返金による減額' },
  credit_noted_tax: { en: 'tax of the credit note', ja: '減額分の消費税' },
  credit_note_undone_net: { en: 'credit note undone', ja: '減額の取り消し' },
  credit_note_undone_tax: { en: 'tax of the credit note undone', ja: '減額分の消費税の取り消し' },
  order_noted_net: { en: 'credit note for an order', ja: 'ご注文の減額' },
  order_noted_tax: { en: 'tax of an order’s credit note', ja: 'ご注文の減額分の消費税' },
  order_note_undone_net: { en: 'order’s credit note undone', ja: 'ご注文の減額の取り消し' },
  order_note_undone_tax: { en: 'tax of an order’s credit note undone', ja: 'ご注文の減額分の消費税の取り消し' },
  credit_set_aside: { en: 'credit set aside to be paid out', ja: '返金のためクレジットを確保' },
  credit_given_back: { en: 'credit given back', ja: 'クレジットの戻し入れ' },
  paid_back: { en: 'paid back', ja: '返金の支払い' },
  paid_back_returned: { en: 'payment came back', ja: '返金の支払いの差し戻し' },
  credit_paid_back_late: { en: 'credit paid back after all', ja: 'クレジットの返金（後日判明分）' },
  refund_lost: { en: 'refunded beyond what was taken', ja: '受領額を超える返金' },
  refund_lost_returned: { en: 'refund beyond what was taken came back', ja: '受領額を超える返金の差し戻し' },
  dispute_withdrawn: { en: 'taken back for a dispute', ja: '異議申し立てによる引き落とし' },
  dispute_reinstated: { en: 'given back after a dispute', ja: '異議申し立て後の返還' },
  credit_disputed: { en: 'credit taken back for a dispute', ja: '異議申し立てによるクレジットの引き落とし' },
  dispute_conceded: { en: 'dispute conceded', ja: '異議申し立ての受け入れ' },
  dispute_conceded_order: { en: 'dispute of an order conceded', ja: 'ご注文への異議申し立ての受け入れ' },
  dispute_written_off: { en: 'dispute written off', ja: '異議申し立てによる損失' },
  reinstated_to_invoice: { en: 'given back: pays the invoice', ja: '返還金による請求の支払い' },
  reinstated_as_credit: { en: 'given back: credit', ja: '返還金によるクレジット' },
  write_off_undone: { en: 'write-off undone', ja: '損失の取り消し' },
} as const satisfies Record<PostingKind, Word>

export interface EventFacts {
  /** `January 2027`, in the reader's language. */
  readonly month: string | null
  readonly amount: string | null
  readonly card: string | null
  readonly who: string | null
  readonly code: string | null
  readonly count: number
  readonly day: string | null
}

export const eventTexts: Readonly<Record<EventKind, Sentence<EventFacts>>> = {
  password_changed: { en: ({ who }) => `Password changed: ${who}`, ja: ({ who }) => `パスワードを変更：${who}` },
  password_reset: {
    en: ({ who }) => `Password set anew through a link: ${who}`,
    ja: ({ who }) => `リンクからパスワードを再設定：${who}`,
  },
  totp_turned_on: {
    en: ({ who }) => `One-time passwords turned on: ${who}`,
    ja: ({ who }) => `ワンタイムパスワードを有効化：${who}`,
  },
  totp_turned_off: {
    en: ({ who }) => `One-time passwords turned off: ${who}`,
    ja: ({ who }) => `ワンタイムパスワードを無効化：${who}`,
  },
  backup_code_used: {
    en: ({ who }) => `Signed in with a backup code: ${who}`,
    ja: ({ who }) => `バックアップコードでサインイン：${who}`,
  },
  user_added: { en: ({ who }) => `SAM user added: ${who}`, ja: ({ who }) => `SAM ユーザーを追加：${who}` },
  user_removed: { en: ({ who }) => `SAM user removed: ${who}`, ja: ({ who }) => `SAM ユーザーを削除：${who}` },
  order_quoted: { en: ({ amount }) => `Order quoted: ${amount}`, ja: ({ amount }) => `注文の見積もり：${amount}` },
  order_quoted_again: {
    en: 'Order not confirmed after all: no money is held, and it can be confirmed again',
    ja: '注文は確定されませんでした（オーソリなし、再度確定できます）',
  },
  order_confirmed: { en: ({ amount }) => `Order confirmed: ${amount}`, ja: ({ amount }) => `注文を確定：${amount}` },
  order_held: { en: ({ amount }) => `Order: ${amount} held`, ja: ({ amount }) => `注文：${amount} のオーソリ完了` },
  order_failed: { en: ({ code }) => `Order failed: ${code}`, ja: ({ code }) => `注文の決済エラー：${code}` },
  order_retried: { en: ({ who }) => `Order retried by ${who}`, ja: ({ who }) => `${who} が注文を再決済` },
  order_shipping: { en: 'Order about to be shipped', ja: '注文の出荷手続きを開始' },
  order_shipped: { en: ({ amount }) => `Order shipped: ${amount}`, ja: ({ amount }) => `注文を出荷：${amount}` },
  order_cancelling: {
    en: ({ who }) => `Order to be cancelled${who === null ? '' : ` by ${who}`}`,
    ja: ({ who }) => `${who === null ? '' : `${who} が`}注文の取り消しを開始`,
  },
  order_cancelled: { en: 'Order cancelled', ja: '注文を取り消し' },
  order_returned: {
    en: ({ who }) => `Order returned${who === null ? '' : `, recorded by ${who}`}`,
    ja: ({ who }) => `注文の返品${who === null ? '' : `（${who} が記録）`}`,
  },
  card_registered: {
    en: ({ card, count }) => `Card registered: ${card}${count > 0 ? `; ${count} outstanding to be tried with it` : ''}`,
    ja: ({ card, count }) => `カード登録：${card}${count > 0 ? `（未払い ${count} 件を決済します）` : ''}`,
  },
  card_expiring: {
    en: ({ card }) => `Told that the card expires soon: ${card}`,
    ja: ({ card }) => `カードの有効期限が近いことを通知：${card}`,
  },
  activated: {
    en: ({ count, amount }) => `Activate pressed: ${count} outstanding, ${amount}`,
    ja: ({ count, amount }) => `お客様が再決済を実行：${count} 件、${amount}`,
  },
  trial_granted: {
    en: ({ day, who }) => `Trial granted until ${day} by ${who}`,
    ja: ({ day, who }) => `${who} が ${day} までのトライアルを付与`,
  },
  trial_ended: { en: 'Trial ended', ja: 'トライアル終了' },
  reminded: {
    en: ({ amount, count, day }) =>
      `Reminder after ${count} days: ${amount} overdue${day === null ? '' : `; suspended on ${day} unless paid`}`,
    ja: ({ amount, count, day }) =>
      `${count} 日経過のお知らせ：未払い ${amount}${day === null ? '' : `（お支払いがない場合 ${day} に利用停止）`}`,
  },
  suspended: {
    en: ({ amount }) => `Service to be interrupted: ${amount} overdue`,
    ja: ({ amount }) => `利用停止：未払い ${amount}`,
  },
  restored: { en: 'Service to be restored', ja: '利用停止を解除' },
  exempted: {
    en: ({ who, day }) => `Exempted from reminders and suspension by ${who}${day === null ? '' : ` through ${day}`}`,
    ja: ({ who, day }) => `${who} がお知らせと利用停止の対象外に設定${day === null ? '' : `（${day} まで）`}`,
  },
  exemption_ended: { en: ({ who }) => `Exemption ended by ${who}`, ja: ({ who }) => `${who} が対象外の設定を解除` },
  postponed: {
    en: ({ who, day }) => `Suspension postponed by ${who}: not before ${day}`,
    ja: ({ who, day }) => `${who} が利用停止を ${day} 以降に延期`,
  },
  invoice_issued: {
    en: ({ month, amount }) => `Invoice issued for ${month}: ${amount}`,
    ja: ({ month, amount }) => `${month}分の請求書を発行：${amount}`,
  },
  invoice_approved: { en: ({ who }) => `Invoice approved by ${who}`, ja: ({ who }) => `${who} が請求を承認` },
  invoice_retried: {
    en: ({ who }) => `Staff asked for another attempt: ${who}`,
    ja: ({ who }) => `${who} が再決済を指示`,
  },
  account_closed: { en: 'Account closed', ja: 'アカウントを解約' },
  invoice_paid_by_credit: {
    en: ({ month }) => `${month} paid from credit`,
    ja: ({ month }) => `${month}分をクレジットで支払い`,
  },
  invoice_waived: {
    en: ({ month }) => `${month} waived: trial`,
    ja: ({ month }) => `${month}分はトライアルにより免除`,
  },
  month_carried_over: {
    en: ({ month, amount }) => `${month} carried over: ${amount} is too little for a card`,
    ja: ({ month, amount }) => `${month}分 ${amount} は少額のため翌月へ繰り越し`,
  },
  month_credited: {
    en: ({ month, amount }) => `${month} credited: ${amount}`,
    ja: ({ month, amount }) => `${month}分をクレジットに計上：${amount}`,
  },
  charge_captured: { en: ({ amount }) => `Payment received: ${amount}`, ja: ({ amount }) => `決済完了：${amount}` },
  charge_declined: { en: ({ code }) => `Payment failed: ${code}`, ja: ({ code }) => `決済エラー：${code}` },
  charge_released: { en: 'Hold released', ja: 'オーソリを取り消し' },
  charge_expired: { en: 'Hold expired', ja: 'オーソリの期限切れ' },
  charge_not_executed: { en: 'Payment was never made', ja: '決済は行われていませんでした' },
  charge_withheld: {
    en: 'Not sent: the issuer had just forbidden to try this card again',
    ja: '送信せず（カード会社が直前に再試行を禁止）',
  },
  charge_refused: { en: 'The gateway refused our request', ja: '決済サービスがリクエストを拒否' },
  charge_unknown: { en: 'No answer yet: looking it up', ja: '回答待ち（照会中）' },
  refund_requested: {
    en: ({ amount, who }) => `Refund of ${amount} requested by ${who}`,
    ja: ({ amount, who }) => `${who} が ${amount} の返金を依頼`,
  },
  refund_found: {
    en: ({ amount }) => `Refund of ${amount} made at the gateway’s dashboard`,
    ja: ({ amount }) => `決済サービスの管理画面で ${amount} を返金`,
  },
  refund_succeeded: { en: ({ amount }) => `Refunded: ${amount}`, ja: ({ amount }) => `返金完了：${amount}` },
  refund_failed: { en: ({ amount }) => `Refund of ${amount} failed`, ja: ({ amount }) => `${amount} の返金に失敗` },
  refund_returned: {
    en: ({ amount }) => `Refund of ${amount} came back from the bank`,
    ja: ({ amount }) => `${amount} の返金が銀行から差し戻し`,
  },
  refund_not_executed: { en: 'Refund was never made', ja: '返金は行われていませんでした' },
  refund_refused: { en: 'The gateway refused our refund request', ja: '決済サービスが返金リクエストを拒否' },
  refund_unknown: { en: 'Refund: no answer yet, looking it up', ja: '返金の回答待ち（照会中）' },
  dispute_opened: {
    en: ({ amount, code }) => `Payment disputed: ${amount} (${code}); collection stops until staff decide`,
    ja: ({ amount, code }) => `${amount} の決済に異議申し立て（${code}）。担当者の判断まで決済を停止`,
  },
  dispute_won: {
    en: ({ amount }) => `Dispute won: ${amount}`,
    ja: ({ amount }) => `異議申し立てが却下され返還：${amount}`,
  },
  dispute_lost: {
    en: ({ amount }) => `Dispute lost: ${amount}`,
    ja: ({ amount }) => `異議申し立てが認められ確定：${amount}`,
  },
  dispute_closed: { en: 'Dispute closed; nothing was taken', ja: '異議申し立ては終了（引き落としなし）' },
  dispute_decided: {
    en: ({ amount, who }) => `Dispute of ${amount} decided by ${who}`,
    ja: ({ amount, who }) => `${who} が ${amount} の異議申し立てへの対応を決定`,
  },
  dispute_reinstated: {
    en: ({ amount }) => `The network gave ${amount} back after the dispute had been decided`,
    ja: ({ amount }) => `対応の決定後に ${amount} が返還`,
  },
  card_updated: {
    en: ({ card }) => `Card updated by its network: ${card}`,
    ja: ({ card }) => `カード情報の自動更新：${card}`,
  },
}

export interface ChargeFacts {
  readonly trigger: string
  readonly amount: string
  readonly card: string | null
  readonly steps: string
}

export const chargeText: Sentence<ChargeFacts> = {
  en: ({ trigger, amount, card, steps }) => `${amount}, ${trigger}${card === null ? '' : `, ${card}`}: ${steps}`,
  ja: ({ trigger, amount, card, steps }) => `${amount}、${trigger}${card === null ? '' : `、${card}`}：${steps}`,
}

export const chargeStepTexts = {
  sent: { en: 'sent', ja: '送信' },
  held: { en: 'held', ja: 'オーソリ' },
  captured: { en: 'captured', ja: '売上確定' },
  released: { en: 'released', ja: '取り消し' },
  declined: { en: 'declined', ja: '拒否' },
  expired: { en: 'expired', ja: '期限切れ' },
  not_executed: { en: 'never made', ja: '未実行' },
  refused: { en: 'refused to us', ja: '受付拒否' },
  unknown: { en: 'no answer since', ja: '回答なし' },
} as const satisfies Record<string, Word>

export interface InvoiceFacts {
  readonly month: string
  readonly total: string
  readonly tax: string
  readonly due: string | null
  readonly status: string
}

export const invoiceText: Sentence<InvoiceFacts> = {
  en: ({ month, total, tax, due, status }) =>
    `${month}: ${total} (tax ${tax}), now ${status}${due === null ? '' : `, ${due} due`}`,
  ja: ({ month, total, tax, due, status }) =>
    `${month}分：${total}（うち消費税 ${tax}）、現在 ${status}${due === null ? '' : `、未払い ${due}`}`,
}
