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
  refund_lost: { en: 'refunded beyond what was taken', ja: '受領額を超える返金' },
  refund_lost_returned: { en: 'refund beyond what was taken came back', ja: '受領額を超える返金の差し戻し' },
  dispute_withdrawn: { en: 'taken back for a dispute', ja: '異議申し立てによる引き落とし' },
  dispute_reinstated: { en: 'given back after a dispute', ja: '異議申し立て後の返還' },
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
  invoice_issued: {
    en: ({ month, amount }) => `Invoice issued for ${month}: ${amount}`,
    ja: ({ month, amount }) => `${month}分の請求書を発行：${amount}`,
  },
  invoice_approved: { en: ({ who }) => `Invoice approved by ${who}`, ja: ({ who }) => `${who} が請求を承認` },
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
