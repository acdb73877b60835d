/**
 * Why Activate is refused, said in place of the button and with the date when there is one (B10). What skips a day for
 * the same reason says it in the same words, but for the network's count, whose date matters here.
 */
import type { SkipReason } from '../domain/retry.ts'
import { formatMoment } from './format.ts'
import type { Sentence } from './language.ts'
import { type SkipFacts, skipTexts } from './skips.ts'

/** What may refuse Activate besides a reason that skips a day. */
export type ActivateRefusal = SkipReason | 'nothing_outstanding' | 'activated_too_often'

export const activateRefusalTexts = {
  ...skipTexts,
  network_count_reached: {
    en: ({ until, zone }) =>
      `Activate is possible again ${until === null ? 'later' : `on ${formatMoment(until, zone, 'en')}`}: this card has used up the attempts its network allows. Another card can be registered now.`,
    ja: ({ until, zone }) =>
      `このカードは、カードブランドが認める回数の上限に達したため、${until === null ? '当分の間' : `${formatMoment(until, zone, 'ja')}まで`}再決済できません。別のカードは今すぐ登録できます。`,
  },
  nothing_outstanding: {
    en: 'Nothing is outstanding in this coverage, so there is nothing to charge.',
    ja: 'このカバレッジに未払いの請求はありません。',
  },
  activated_too_often: {
    en: ({ until, zone }) =>
      `Activate was pressed too often within an hour; it is possible again ${until === null ? 'later' : `on ${formatMoment(until, zone, 'en')}`}.`,
    ja: ({ until, zone }) =>
      `1時間以内に再決済できる回数の上限に達しました。${until === null ? 'しばらくしてから' : `${formatMoment(until, zone, 'ja')}以降に`}もう一度お試しください。`,
  },
} as const satisfies Record<ActivateRefusal, Sentence<SkipFacts>>
