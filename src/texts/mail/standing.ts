/** E-mail about what lasting failure leads to, and its end (B16). */
import { formatDay } from '../format.ts'
import * as detail from './details.ts'
import { greeting, type MailText, sum } from './mail-facts.ts'
import { openSettings } from './payments.ts'

export const reminder: MailText = {
  subject: {
    en: (facts) => `Payment overdue: ${sum(facts, 'en')}`,
    ja: (facts) => `${sum(facts, 'ja')}のお支払いが確認できていません`,
  },
  paragraphs: [
    greeting,
    {
      en: (facts) => `${sum(facts, 'en')} is still unpaid. What is owed for which month is listed below.`,
      ja: (facts) => `${sum(facts, 'ja')}が未払いです。内訳は下記のとおりです。`,
    },
    {
      en: 'Open your payment settings to see why the payment failed, try it again, or register another card.',
      ja: 'お支払い設定でエラーの理由をご確認のうえ、再決済するか、別のカードを登録してください。',
    },
    {
      en: ({ suspendsOn }) =>
        suspendsOn === null ? '' : `Unless it is paid, your service is interrupted on ${formatDay(suspendsOn, 'en')}.`,
      ja: ({ suspendsOn }) =>
        suspendsOn === null
          ? ''
          : `お支払いが確認できない場合、${formatDay(suspendsOn, 'ja')}にサービスを停止いたします。`,
    },
  ],
  details: [detail.account, detail.coverage, detail.owed, detail.suspension],
  action: openSettings,
}

export const suspended: MailText = {
  subject: {
    en: 'Your service is interrupted',
    ja: 'サービスを停止しました',
  },
  paragraphs: [
    greeting,
    {
      en: (facts) => `${sum(facts, 'en')} has stayed unpaid for too long, so your service is interrupted.`,
      ja: (facts) => `${sum(facts, 'ja')}のお支払いが確認できないため、サービスを停止しました。`,
    },
    {
      en: 'It is restored as soon as everything overdue is paid: try the payment again, or register another card.',
      ja: '未払い分のお支払いが完了しだい再開します。再決済するか、別のカードを登録してください。',
    },
  ],
  details: [detail.account, detail.coverage, detail.owed],
  action: openSettings,
}

export const restored: MailText = {
  subject: { en: 'Your service is restored', ja: 'サービスを再開しました' },
  paragraphs: [
    {
      en: 'Thank you for the payment. Nothing is overdue any more, and your service is no longer interrupted.',
      ja: 'お支払いありがとうございます。未払いがなくなり、サービスの停止を解除しました。',
    },
  ],
  details: [detail.account, detail.coverage],
  action: openSettings,
}
