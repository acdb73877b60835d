/** E-mail with a one-time link. */
import * as detail from './details.ts'
import type { MailFacts, MailText } from './mail-facts.ts'

const span = ({ goodForMinutes }: MailFacts): { readonly en: string; readonly ja: string } => {
  if (goodForMinutes < 120) return { en: `${goodForMinutes} minutes`, ja: `${goodForMinutes}分間` }
  const hours = Math.floor(goodForMinutes / 60)
  if (hours < 48) return { en: `${hours} hours`, ja: `${hours}時間` }
  const days = Math.floor(hours / 24)
  return { en: `${days} days`, ja: `${days}日間` }
}

const goodFor = {
  en: (facts: MailFacts) => `The link works once, within ${span(facts).en}.`,
  ja: (facts: MailFacts) => `リンクは一回限り、${span(facts).ja}有効です。`,
}

export const passwordReset: MailText = {
  subject: { en: 'Set a new password', ja: 'パスワードの再設定' },
  paragraphs: [
    {
      en: 'Somebody, probably you, asked for a new password for this e-mail address.',
      ja: 'このメールアドレスについて、パスワード再設定の依頼を受け付けました。',
    },
    goodFor,
    {
      en: 'If it was not you, you need not do anything: your password stays as it is.',
      ja: 'お心当たりがない場合、お手続きは不要です。パスワードは変更されません。',
    },
  ],
  details: [detail.account],
  action: { en: 'Set a new password', ja: 'パスワードを再設定する' },
}

export const invitation: MailText = {
  subject: { en: 'Set your password', ja: 'パスワードの設定' },
  paragraphs: [
    {
      en: 'An account was opened for this e-mail address. Set a password to sign in.',
      ja: 'このメールアドレスでアカウントが作成されました。サインインするにはパスワードを設定してください。',
    },
    goodFor,
  ],
  details: [detail.account],
  action: { en: 'Set your password', ja: 'パスワードを設定する' },
}
