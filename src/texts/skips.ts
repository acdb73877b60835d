/**
 * Why a day's automatic attempt was not made. Each skipped day shows one of these to the payer and to staff (B9), so it
 * says what would end it as well.
 */
import type { Instant } from '../domain/calendar.ts'
import type { RecordedSkip } from '../domain/retry.ts'
import { formatMoment } from './format.ts'
import type { Sentence } from './language.ts'

/** From when an attempt is possible again, where that is known. */
export interface SkipFacts {
  readonly until: Instant | null
  readonly zone: string
}

export const skipTexts = {
  method_missing: {
    en: 'No payment method is registered. Once a card is registered, the payment is made at once.',
    ja: 'お支払い方法が登録されていません。カードを登録すると、すぐに決済されます。',
  },
  method_not_card: {
    en: 'The payment method of this coverage is not a card, so no card was charged.',
    ja: 'このカバレッジのお支払い方法はクレジットカードではないため、カードへの請求は行われませんでした。',
  },
  code_forbids_retry: {
    en: 'Your card issuer does not allow this card to be tried again. Another card can be registered now.',
    ja: 'カード会社がこのカードでの再決済を認めていません。別のカードは今すぐ登録できます。',
  },
  customer_needed: {
    en: 'Your card issuer needs something from you first: see the message about the last failed payment.',
    ja: 'カード会社がお客様のお手続きを求めています。前回の決済エラーのご案内をご確認ください。',
  },
  card_expired: {
    en: 'The registered card has expired. Once a valid card is registered, the payment is made at once.',
    ja: '登録されているカードの有効期限が切れています。有効なカードを登録すると、すぐに決済されます。',
  },
  prescribed_delay: {
    en: ({ until, zone }) =>
      `The card network asked us to wait${until === null ? '' : ` until ${formatMoment(until, zone, 'en')}`}.`,
    ja: ({ until, zone }) =>
      `カードブランドの定めにより、${until === null ? '' : `${formatMoment(until, zone, 'ja')}まで`}再決済を控えています。`,
  },
  network_count_reached: {
    en: ({ until, zone }) =>
      `This card has used up the attempts its network allows${until === null ? '' : `; the next is possible on ${formatMoment(until, zone, 'en')}`}. Another card can be registered now.`,
    ja: ({ until, zone }) =>
      `このカードは、カードブランドが認める回数の上限に達しました。${until === null ? '' : `${formatMoment(until, zone, 'ja')}から再決済できます。`}別のカードは今すぐ登録できます。`,
  },
  charge_unsettled: {
    en: 'Your bank has not answered yet. We keep asking; you are not charged twice and need not do anything.',
    ja: '銀行からの回答を待っています。確認を続けており、二重に請求されることはありません。お手続きは不要です。',
  },
  payment_disputed: {
    en: 'A payment of this invoice is disputed with the bank. Nothing is charged until support has looked into it.',
    ja: 'この請求のお支払いについて銀行へ異議申し立てがありました。担当者が確認するまで、請求は行われません。',
  },
  run_paused: {
    en: 'Our automatic charges were paused on this day. Nothing was charged, and you need not do anything.',
    ja: 'この日は当社の都合により自動決済を停止していたため、請求は行われませんでした。お手続きは不要です。',
  },
  account_closed: {
    en: 'The account is closed; nothing is charged automatically any more.',
    ja: 'アカウントが解約されているため、自動での請求は行われません。',
  },
} as const satisfies Record<RecordedSkip, Sentence<SkipFacts>>
