/**
 * A failed card payment in words: why, what to do, and what happens by itself. Put in that order they are the message;
 * the sum and the card stand before them. Which sentence applies is `domain/decline.ts`'s business.
 *
 * A payer is never told what only staff may know (a card reported stolen, our own fraud check): those reasons have a
 * sentence for staff, and the payer reads the one for `unexplained`.
 */
import type { Instant, Month } from '../domain/calendar.ts'
import {
  type ConfidentialReason,
  type DeclineAdvice,
  type DeclineReason,
  isConfidential,
  type PayerReason,
  payerReason,
  type RetryRule,
} from '../domain/decline.ts'
import { formatCard, formatMoment, formatMonth } from './format.ts'
import type { Sentence } from './language.ts'

/** The card that was declined, with the month it expires in. */
export interface DeclinedCard {
  readonly brand: string
  readonly last4: string
  readonly expMonth: Month
}

/** Why, for the payer. */
export const declineForPayer = (reason: DeclineReason): Sentence<DeclinedCard> => reasons[payerReason(reason)]
/** Why, for staff, who see the fine reason. */
export const declineForStaff = (reason: DeclineReason): Sentence<DeclinedCard> =>
  isConfidential(reason) ? staffReasons[reason] : reasons[reason]

const reasons = {
  unexplained: {
    en: 'Your card issuer declined the payment and did not say why.',
    ja: 'カード会社がお支払いを承認しませんでした。理由は通知されていません。',
  },
  insufficient_funds: {
    en: 'The card does not have enough available credit or funds.',
    ja: 'カードのご利用可能額または残高が不足しています。',
  },
  limit_exceeded: {
    en: 'The payment exceeds a limit that your card issuer has set for the card.',
    ja: 'カード会社が定めるカードの利用限度を超えています。',
  },
  expired: {
    en: (card) => `${formatCard(card)} expired in ${formatMonth(card.expMonth, 'en')}.`,
    ja: (card) => `${formatCard(card)}\u2009は${formatMonth(card.expMonth, 'ja')}に有効期限が切れました。`,
  },
  details_wrong: {
    en: "The card's registered details are no longer right.",
    ja: '登録されているカード情報が正しくありません。',
  },
  number_wrong: {
    en: 'The card number is wrong.',
    ja: 'カード番号が正しくありません。',
  },
  expiry_wrong: {
    en: 'The expiry date is wrong.',
    ja: '有効期限が正しくありません。',
  },
  cvc_wrong: {
    en: 'The security code is wrong.',
    ja: 'セキュリティコードが正しくありません。',
  },
  address_wrong: {
    en: 'The address or postal code does not match what your card issuer has on record.',
    ja: '住所または郵便番号が、カード会社に登録されているものと一致しません。',
  },
  authentication_needed: {
    en: 'Your card issuer wants you to confirm this payment yourself.',
    ja: 'カード会社が、ご本人による認証を求めています。',
  },
  pin_needed: {
    en: 'Your card issuer accepts this card only together with its PIN, which cannot be entered here.',
    ja: 'このカードは暗証番号の入力が必要なため、ここではご利用いただけません。',
  },
  account_closed: {
    en: 'Your card issuer says that the card or its account is no longer valid.',
    ja: 'カードまたはその口座は無効であると、カード会社から通知されました。',
  },
  card_replaced: {
    en: 'Your card issuer has issued new details for this card.',
    ja: 'カード会社がこのカードの新しい情報を発行しています。',
  },
  revoked: {
    en: 'Payments to us with this card have been stopped at your card issuer.',
    ja: 'このカードでの当社へのお支払いは、カード会社にて停止されています。',
  },
  use_not_permitted: {
    en: 'Your card issuer does not permit the card for this kind of payment.',
    ja: 'このカードは、この種類のお支払いにはご利用いただけません。',
  },
  currency_not_supported: {
    en: 'The card cannot be charged in this currency.',
    ja: 'このカードは、この通貨でのお支払いにはご利用いただけません。',
  },
  amount_refused: {
    en: 'Your card issuer did not accept the amount.',
    ja: 'カード会社が請求金額を承認しませんでした。',
  },
  duplicate: {
    en: 'Your card issuer took the payment for a repetition of another one and declined it.',
    ja: 'カード会社が重複したお支払いと判断し、承認しませんでした。',
  },
  attempts_exhausted: {
    en: 'The card has been declined too often in a short time.',
    ja: '短期間に承認されない回数が多かったため、このカードは一時的にご利用いただけません。',
  },
  issuer_unreachable: {
    en: 'Your card issuer could not be reached. No money was taken.',
    ja: 'カード会社に接続できませんでした。代金は引き落とされていません。',
  },
  processing_failed: {
    en: 'The payment could not be processed. No money was taken.',
    ja: '決済を処理できませんでした。代金は引き落とされていません。',
  },
  test_card: {
    en: 'This is a test card; it cannot pay.',
    ja: 'テスト用のカードのため、お支払いにはご利用いただけません。',
  },
} as const satisfies Record<PayerReason, Sentence<DeclinedCard>>

const staffReasons = {
  lost: {
    en: 'The card has been reported lost. The payer is told only that the card was declined.',
    ja: '紛失の届け出があるカードです。お客様には承認されなかったことのみをお伝えしています。',
  },
  stolen: {
    en: 'The card has been reported stolen. The payer is told only that the card was declined.',
    ja: '盗難の届け出があるカードです。お客様には承認されなかったことのみをお伝えしています。',
  },
  withheld: {
    en: 'The card issuer wants the card back, possibly because it is lost or stolen. The payer is not told.',
    ja: 'カード会社が回収を求めているカードです（紛失・盗難の可能性）。お客様にはお伝えしていません。',
  },
  restricted: {
    en: 'The card issuer has restricted the card, possibly because it is lost or stolen. The payer is not told.',
    ja: 'カード会社が利用を制限しているカードです（紛失・盗難の可能性）。お客様にはお伝えしていません。',
  },
  fraud_suspected: {
    en: 'The payment is suspected to be fraudulent. The payer is told only that the card was declined.',
    ja: '不正利用の疑いがあります。お客様には承認されなかったことのみをお伝えしています。',
  },
  blocked: {
    en: 'The gateway blocked the payment by its own fraud rules; see its dashboard. The payer is not told.',
    ja: '決済代行会社の不正対策により遮断されました。詳細は管理画面をご確認ください。お客様にはお伝えしていません。',
  },
} as const satisfies Record<ConfidentialReason, Sentence<DeclinedCard>>

/** What the payer can do. */
export const adviceTexts = {
  another_card: {
    en: 'Register another card; the payment is then made at once.',
    ja: '別のカードを登録すると、すぐに決済されます。',
  },
  update_card: {
    en: 'Register a valid card, or this one with its current details; the payment is then made at once.',
    ja: '有効なカード、またはこのカードの最新の情報を登録すると、すぐに決済されます。',
  },
  contact_issuer: {
    en: 'Ask your card issuer whether a block, hold or limit stands in the way, or register another card.',
    ja: '利用の停止や制限がないかカード会社にご確認いただくか、別のカードを登録してください。',
  },
  add_funds: {
    en: 'See that the card has enough available credit or funds, or register another card.',
    ja: 'カードのご利用可能額または残高をご確認いただくか、別のカードを登録してください。',
  },
  authenticate: {
    en: 'Press Activate and confirm the payment with your card issuer, or register another card.',
    ja: '「再決済する」を押してカード会社の本人認証を行うか、別のカードを登録してください。',
  },
  wait: {
    en: 'You need not do anything.',
    ja: 'お手続きは不要です。',
  },
} as const satisfies Record<DeclineAdvice, Sentence>

/** When the next automatic attempt is due; `at` is null while no day is set for it. */
export interface NextAttempt {
  readonly at: Instant | null
  readonly zone: string
}

/** What happens by itself. */
export const automaticRetryTexts = {
  never: {
    en: 'This card is not tried again automatically.',
    ja: 'このカードでの自動再決済は行われません。',
  },
  customer: {
    en: 'Until then the payment is not tried again automatically.',
    ja: 'それまで自動での再決済は行われません。',
  },
  after: {
    en: ({ at, zone }) =>
      at === null
        ? 'The payment is tried again automatically once the card network allows it.'
        : `The card network allows the next attempt later: the payment is tried again automatically on ${formatMoment(at, zone, 'en')}.`,
    ja: ({ at, zone }) =>
      at === null
        ? 'カードブランドが認める時期になりしだい、自動で再決済します。'
        : `カードブランドの定めにより、次回の自動再決済は${formatMoment(at, zone, 'ja')}です。`,
  },
  daily: {
    en: ({ at, zone }) =>
      at === null
        ? 'The payment is tried again automatically every day.'
        : `The payment is tried again automatically on ${formatMoment(at, zone, 'en')}.`,
    ja: ({ at, zone }) =>
      at === null ? '毎日、自動で再決済します。' : `次回の自動再決済は${formatMoment(at, zone, 'ja')}です。`,
  },
} as const satisfies Record<RetryRule['kind'], Sentence<NextAttempt>>
