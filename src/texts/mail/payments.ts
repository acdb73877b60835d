/** E-mail about payments and what they are made with. */
import { adviceTexts, automaticRetryTexts, declineForPayer } from '../declines.ts'
import { formatMoney, formatMonth } from '../format.ts'
import { type Language, say } from '../language.ts'
import * as detail from './details.ts'
import { cardIn, greeting, type MailFacts, type MailText, monthsIn, sum } from './mail-facts.ts'

export const openSettings = { en: 'Open payment settings', ja: 'お支払い設定を開く' }

const reason = (facts: MailFacts, language: Language): string =>
  facts.card === null ? '' : say(declineForPayer(facts.reason), language, facts.card)
const advice = (facts: MailFacts, language: Language): string => say(adviceTexts[facts.advice], language, null)
const retry = ({ retry, nextAttemptAt: at, zone }: MailFacts, language: Language): string =>
  say(automaticRetryTexts[retry], language, { at, zone })
const feesOf = ({ months }: MailFacts, language: Language): string =>
  months === null ? '' : monthsIn(months, language)

export const paymentFailed: MailText = {
  subject: {
    en: (facts) => `Payment of ${sum(facts, 'en')} failed`,
    ja: (facts) => `${sum(facts, 'ja')}のお支払いを完了できませんでした`,
  },
  paragraphs: [
    greeting,
    {
      en: (facts) =>
        `We tried to charge ${cardIn(facts)} for your service fees of ${feesOf(facts, 'en')}, and the payment failed.`,
      ja: (facts) =>
        `${feesOf(facts, 'ja')}分のサービス利用料金を\u2009${cardIn(facts)}\u2009に請求しましたが、お支払いを完了できませんでした。`,
    },
    { en: (facts) => reason(facts, 'en'), ja: (facts) => reason(facts, 'ja') },
    { en: (facts) => advice(facts, 'en'), ja: (facts) => advice(facts, 'ja') },
    { en: (facts) => retry(facts, 'en'), ja: (facts) => retry(facts, 'ja') },
  ],
  details: [detail.account, detail.coverage, detail.amount, detail.month, detail.card, detail.date],
  action: openSettings,
}

export const paymentReceived: MailText = {
  subject: {
    en: (facts) => `Payment received: ${sum(facts, 'en')}`,
    ja: (facts) => `${sum(facts, 'ja')}のお支払いを確認しました`,
  },
  paragraphs: [
    {
      en: (facts) => `Thank you. Your service fees of ${feesOf(facts, 'en')} are paid.`,
      ja: (facts) => `${feesOf(facts, 'ja')}分のサービス利用料金のお支払いが完了しました。ありがとうございます。`,
    },
    {
      en: ({ outstanding }) =>
        outstanding.length === 0 ? '' : 'Other months are still unpaid; they are listed below.',
      ja: ({ outstanding }) => (outstanding.length === 0 ? '' : '下記の月のお支払いはまだ完了していません。'),
    },
  ],
  details: [detail.account, detail.coverage, detail.amount, detail.month, detail.card, detail.date, detail.owed],
  action: openSettings,
}

export const methodChanged: MailText = {
  subject: {
    en: 'Your card was registered',
    ja: 'カードを登録しました',
  },
  paragraphs: [
    greeting,
    {
      en: (facts) =>
        `From now on your payments are made with ${cardIn(facts)}. It replaces the payment method that was set before.`,
      ja: (facts) =>
        `今後のお支払いには\u2009${cardIn(facts)}\u2009を使用します。これまでのお支払い方法は置き換えられました。`,
    },
    {
      en: ({ holdMinor, currency }) =>
        holdMinor === 0n
          ? ''
          : `The hold of ${formatMoney(holdMinor, currency, 'en')} that verified the card is released at once; your card issuer may show it for a few days.`,
      ja: ({ holdMinor, currency }) =>
        holdMinor === 0n
          ? ''
          : `カード確認のため${formatMoney(holdMinor, currency, 'ja')}のオーソリを行い、直ちに取り消しています。カード会社の画面には数日間表示されることがあります。`,
    },
    {
      en: ({ outstanding }) =>
        outstanding.length === 0 ? '' : 'What is still unpaid is charged to this card at once.',
      ja: ({ outstanding }) => (outstanding.length === 0 ? '' : '未払い分は、このカードですぐに決済します。'),
    },
    {
      en: 'If this was not you, change your password and contact support.',
      ja: 'お心当たりがない場合は、パスワードを変更のうえサポートまでご連絡ください。',
    },
  ],
  details: [detail.account, detail.coverage, detail.card, detail.date, detail.owed],
  action: openSettings,
}

export const trialEnded: MailText = {
  subject: { en: 'Your trial has ended', ja: 'トライアルが終了しました' },
  paragraphs: [
    greeting,
    {
      en: 'No payment method is registered for this coverage. Register a card, so that the fees from now on can be paid.',
      ja: 'このカバレッジにはお支払い方法が登録されていません。今後の利用料金のお支払いのため、カードを登録してください。',
    },
  ],
  details: [detail.account, detail.coverage],
  action: openSettings,
}

export const cardExpiring: MailText = {
  subject: {
    en: ({ card }) =>
      card === null ? 'Your card expires soon' : `Your card expires in ${formatMonth(card.expMonth, 'en')}`,
    ja: ({ card }) =>
      card === null
        ? 'カードの有効期限が近づいています'
        : `カードの有効期限は${formatMonth(card.expMonth, 'ja')}までです`,
  },
  paragraphs: [
    greeting,
    {
      en: (facts) =>
        `${cardIn(facts)} is good until the end of that month. Register a new card before, so that no payment fails.`,
      ja: (facts) =>
        `${cardIn(facts)}\u2009はその月の末日まで有効です。お支払いが滞らないよう、それまでに新しいカードを登録してください。`,
    },
    {
      en: 'If your card issuer has sent you a new card already, you can register it now.',
      ja: '新しいカードがお手元に届いている場合は、今すぐ登録できます。',
    },
  ],
  details: [detail.account, detail.coverage, detail.card],
  action: openSettings,
}
