/** What stands around every page. */
import { said } from './said.ts'

export const shellTexts = {
  skip: said({ en: 'Skip to the page', ja: '本文へ移動' }),
  menu: said({ en: 'Account menu', ja: 'アカウントメニュー' }),
  rootUser: said({ en: 'root user', ja: 'ルートユーザー' }),
  samUser: said({ en: 'SAM user', ja: 'SAM ユーザー' }),
  paymentSettings: said({ en: 'Payment Settings', ja: 'お支払い設定' }),
  security: said({ en: 'Security', ja: 'セキュリティ' }),
  language: said({ en: 'Language', ja: '言語' }),
  theme: said({ en: 'Theme', ja: 'テーマ' }),
  system: said({ en: 'System', ja: '自動' }),
  light: said({ en: 'Light', ja: 'ライト' }),
  dark: said({ en: 'Dark', ja: 'ダーク' }),
  signOut: said({ en: 'Sign out', ja: 'サインアウト' }),
  offline: said({
    en: 'There is no connection. What is shown may be out of date, and nothing can be paid until it is back.',
    ja: '接続が切れています。表示されている内容は最新ではない可能性があり、再接続されるまでお支払いはできません。',
  }),
  noAnswer: said({
    en: 'The server did not answer. Nothing was charged by this. Please try again in a moment.',
    ja: 'サーバーから応答がありませんでした。この操作による請求は発生していません。しばらくしてからもう一度お試しください。',
  }),
  cannotShow: said({ en: 'This page cannot be shown now', ja: 'ページを表示できません' }),
  again: said({ en: 'Try again', ja: '再読み込み' }),
  unknownTitle: said({ en: 'There is no such page', ja: 'ページが見つかりません' }),
  unknownBody: said({
    en: 'The address may be mistyped, or what it led to is no longer there.',
    ja: 'アドレスが正しくないか、ページがなくなっています。',
  }),
}
