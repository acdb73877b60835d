/** What the payment settings say beside declines and skipped days: labels of acts, and why one is not to be had (B2). */
import type { ActionRefusal, RegisterLabel } from '../domain/payment-view.ts'
import type { RegistrationFailure } from '../domain/registration.ts'
import type { Sentence } from './language.ts'
import { activateRefusalTexts } from './refusals.ts'
import type { SkipFacts } from './skips.ts'

export const actionLabels = {
  new_payment_method: { en: 'New payment method', ja: 'お支払い方法を登録' },
  update_credit_card: { en: 'Update Credit Card', ja: 'クレジットカードを変更' },
  switch_to_credit_card: { en: 'Switch to credit card', ja: 'クレジットカードに切り替え' },
  activate: { en: 'Activate', ja: '再決済する' },
} as const satisfies Record<RegisterLabel | 'activate', Sentence>

/** Said in place of the button. */
export const actionRefusalTexts = {
  ...activateRefusalTexts,
  account_closed: {
    en: 'The account is closed; nothing can be registered or charged.',
    ja: 'アカウントは解約されているため、登録も決済もできません。',
  },
  root_acts: {
    en: 'Only the root user of the account can do this.',
    ja: 'この操作ができるのは、アカウントのルートユーザーのみです。',
  },
} as const satisfies Record<ActionRefusal, Sentence<SkipFacts>>

/** Why no card came of a registration, where the issuer did not say it. */
export const registrationFailureTexts = {
  brand_not_accepted: {
    en: 'Cards of this brand are not accepted here. The payment method was not changed.',
    ja: 'このブランドのカードはご利用いただけません。お支払い方法は変更されていません。',
  },
  card_tried_too_often: {
    en: 'This card was declined too often within an hour. The payment method was not changed.',
    ja: 'このカードは1時間以内に承認されない回数が多かったため、登録できません。お支払い方法は変更されていません。',
  },
  abandoned: {
    en: 'The registration was not completed in time. The payment method was not changed.',
    ja: '時間内に登録が完了しませんでした。お支払い方法は変更されていません。',
  },
} as const satisfies Record<Exclude<RegistrationFailure, 'declined'>, Sentence>

/** What to do after a registration that failed. */
export const registrationAdviceTexts = {
  declined: {
    en: 'Check what you entered, or register another card. The payment method was not changed.',
    ja: '入力内容をご確認いただくか、別のカードを登録してください。お支払い方法は変更されていません。',
  },
  brand_not_accepted: { en: 'Register a card of another brand.', ja: '別のブランドのカードを登録してください。' },
  card_tried_too_often: {
    en: 'Register another card, or try again in an hour.',
    ja: '別のカードを登録するか、1時間後にもう一度お試しください。',
  },
  abandoned: { en: 'Begin again.', ja: 'もう一度最初からお手続きください。' },
} as const satisfies Record<RegistrationFailure, Sentence>

/** A card whose verification was declined is not known any more when its story is read again. */
export const expiredCardText: Sentence = { en: 'The card has expired.', ja: 'カードの有効期限が切れています。' }

/** The payment method is missing: what to do. */
export const missingAdviceText: Sentence = {
  en: 'Register a card; the payment is then made at once.',
  ja: 'カードを登録すると、すぐに決済されます。',
}

/** An order's payment failed: no Activate, no retry (B11, B13). */
export const failedOrderTexts = {
  advice: { en: 'Contact support about this order.', ja: 'このご注文についてはサポートにお問い合わせください。' },
  automatic: {
    en: 'The payment of an order is never tried again automatically.',
    ja: 'ご注文の決済が自動で再試行されることはありません。',
  },
} as const satisfies Record<string, Sentence>

/** An invoice that the system leaves alone until somebody acts. */
export const notAutomaticText: Sentence = {
  en: 'This payment is not tried automatically.',
  ja: 'このお支払いの自動再決済は行われません。',
}
