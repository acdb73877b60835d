/** What is said of orders: their states, what may be done with them and why something may not, and their failure. */

import type { AskedAction, OrderRefusal, OrderStatus, QuoteRefusal } from '../domain/order.ts'
import type { OrderActionRefusal } from '../domain/order-actions.ts'
import { formatMoment } from './format.ts'
import type { Sentence } from './language.ts'
import { activateRefusalTexts } from './refusals.ts'
import type { SkipFacts } from './skips.ts'

export const orderStatusTexts = {
  quoted: { en: 'Quoted', ja: 'お見積もり' },
  confirming: { en: 'Being confirmed', ja: '注文手続き中' },
  held: { en: 'Confirmed', ja: '注文確定' },
  shipping: { en: 'Being shipped', ja: '出荷手続き中' },
  shipped: { en: 'Shipped', ja: '出荷済み' },
  cancelling: { en: 'Being cancelled', ja: '取り消し手続き中' },
  cancelled: { en: 'Cancelled', ja: '取り消し済み' },
  failed: { en: 'Payment failed', ja: '決済エラー' },
  returned: { en: 'Returned', ja: '返品済み' },
} as const satisfies Record<OrderStatus, Sentence>

export const orderActionLabels = {
  confirm: { en: 'Confirm order', ja: '注文を確定する' },
  cancel: { en: 'Cancel order', ja: '注文を取り消す' },
  ship: { en: 'Ship order', ja: '出荷する' },
  return: { en: 'Return order', ja: '返品を受け付ける' },
  retry: { en: 'Retry payment', ja: '再決済する' },
} as const satisfies Record<AskedAction, Sentence>

/** Why an order is not quoted. */
export const quoteRefusalTexts = {
  order_too_small: {
    en: 'The order comes to less than a card may be charged in this coverage.',
    ja: '注文の合計額が、このカバレッジのカード決済の最低金額に達していません。',
  },
  order_too_large: {
    en: 'The order comes to more than a card can be charged in one payment.',
    ja: '注文の合計額が、1回のカード決済の上限を超えています。',
  },
  external_id_reused: {
    en: 'The account has an order under this external id already, with other content.',
    ja: 'この externalId の注文は、異なる内容ですでに登録されています。',
  },
} as const satisfies Record<
  Exclude<QuoteRefusal, 'account_unknown' | 'account_closed'> | 'external_id_reused',
  Sentence
>

/** Why something is not done to an order. */
export const orderRefusalTexts = {
  quote_ended: {
    en: 'The quote is older than a month and no longer holds. Please ask for a new one.',
    ja: 'お見積もりの有効期限（1か月）が過ぎています。あらためてお見積もりをご依頼ください。',
  },
  order_not_quoted: {
    en: 'Only a quoted order can be confirmed; this one is past that.',
    ja: '確定できるのはお見積もり中の注文のみです。',
  },
  order_not_held: {
    en: 'The order has not been confirmed, so there is nothing to ship.',
    ja: '注文が確定していないため、出荷できません。',
  },
  order_not_shipped: {
    en: 'Only an order that was paid can be returned; before that it is cancelled.',
    ja: '返品できるのは決済済みの注文のみです。決済前の注文は取り消してください。',
  },
  order_not_failed: {
    en: 'Only the payment of a failed order can be tried again.',
    ja: '再決済できるのは、決済エラーとなった注文のみです。',
  },
  order_failed: {
    en: 'The payment of this order failed and is not tried again automatically. Please contact support about it.',
    ja: 'このご注文の決済に失敗しました。自動での再決済は行われません。サポートにお問い合わせください。',
  },
  order_already_shipping: {
    en: 'The order is being shipped and can no longer be cancelled here. Please contact support.',
    ja: '出荷手続きが始まっているため、取り消せません。サポートにお問い合わせください。',
  },
  order_already_shipped: {
    en: 'The order has been shipped; it can be returned, not cancelled or shipped again.',
    ja: 'すでに出荷済みのため、取り消しや再度の出荷はできません。返品のお手続きとなります。',
  },
  order_already_paid: {
    en: 'The payment has been taken already, so the order cannot be cancelled; it is shipped, or returned and so refunded.',
    ja: 'すでに決済が完了しているため取り消せません。出荷、または返品（返金）のお手続きとなります。',
  },
  order_given_back: {
    en: 'Money of this order went back or is disputed, so it is not shipped. Record a return, or wait for the dispute.',
    ja: 'この注文の代金は返金済み、または異議申し立て中のため、出荷できません。返品として処理するか、異議申し立ての結果をお待ちください。',
  },
  order_cancelled: { en: 'The order has been cancelled.', ja: 'このご注文は取り消されています。' },
} as const satisfies Record<OrderRefusal, Sentence>

/** Said in place of the button. */
export const orderActionRefusalTexts = {
  ...orderRefusalTexts,
  done_already: {
    en: 'This has been asked for already.',
    ja: 'すでに受け付けています。',
  },
  account_closed: {
    en: 'The account is closed; nothing can be charged.',
    ja: 'アカウントは解約されているため、決済できません。',
  },
  method_missing: {
    en: 'No payment method is registered. Register a card first.',
    ja: 'お支払い方法が登録されていません。先にカードを登録してください。',
  },
  method_not_card: {
    en: 'Orders are paid by card; the payment method of this coverage is not a card.',
    ja: 'ご注文のお支払いにはカードが必要です。このカバレッジのお支払い方法はカードではありません。',
  },
  charge_unsettled: activateRefusalTexts.charge_unsettled,
  code_forbids_retry: activateRefusalTexts.code_forbids_retry,
  network_count_reached: {
    en: ({ until, zone }) =>
      `This card has used up the attempts its network allows${until === null ? '' : ` until ${formatMoment(until, zone, 'en')}`}. Another card can be registered now.`,
    ja: ({ until, zone }) =>
      `このカードは、カードブランドが認める回数の上限に達しました${until === null ? '' : `（${formatMoment(until, zone, 'ja')}まで）`}。別のカードは今すぐ登録できます。`,
  },
  customer_needed: activateRefusalTexts.customer_needed,
  card_expired: activateRefusalTexts.card_expired,
  prescribed_delay: activateRefusalTexts.prescribed_delay,
} as const satisfies Record<OrderActionRefusal, Sentence<SkipFacts>>

/** Of an order that came back. */
export const notGivenBackText = {
  en: ({ amount }) =>
    `The order came back, and ${amount} of it has not been given back yet. Support is looking into it.`,
  ja: ({ amount }) => `返品済みですが、${amount} の返金がまだ行われていません。サポートで確認しています。`,
} as const satisfies Sentence<{ readonly amount: string }>

/** Why the payment failed, where no issuer said it. */
export const orderFailureTexts = {
  missing: {
    en: 'No card was registered when the order was to be charged.',
    ja: '決済の際に、カードが登録されていませんでした。',
  },
  card_declined: {
    en: 'Your card issuer does not allow the registered card to be charged again.',
    ja: 'カード会社が、登録されているカードでの再決済を認めていません。',
  },
  processing_error: {
    en: 'The payment could not be processed.',
    ja: '決済を処理できませんでした。',
  },
} as const satisfies Record<string, Sentence>
