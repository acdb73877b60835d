/** Registering a card. */
import type { ReactNode } from 'react'
import { said } from './said.ts'

export const registerTexts = {
  back: said({
    en: (coverage: string) => `Payment Settings, ${coverage}`,
    ja: (coverage: string) => `お支払い設定（${coverage}）`,
  }),
  replaces: said({
    en: (card: ReactNode, coverage: string) => (
      <>
        Replaces {card} for {coverage} coverage. Other coverages keep their own.
      </>
    ),
    ja: (card: ReactNode, coverage: string) => (
      <>
        {coverage}カバレッジの {card} を置き換えます。ほかのカバレッジのお支払い方法は変わりません。
      </>
    ),
  }),
  forCoverage: said({
    en: (coverage: string) => `For ${coverage} coverage. It replaces whatever payment method is set there.`,
    ja: (coverage: string) => `${coverage}カバレッジに登録します。現在のお支払い方法は置き換えられます。`,
  }),
  card: said({ en: 'Card', ja: 'カード' }),
  cardNote: said({
    en: 'The number goes to the payment gateway only. Kessai never sees it.',
    ja: 'カード番号は決済代行会社にのみ送信され、Kessai が知ることはありません。',
  }),
  brands: said({ en: 'Cards that are accepted', ja: 'ご利用いただけるカード' }),
  atOnce: said({ en: 'Charged at once', ja: '登録と同時に決済される金額' }),
  atOnceNote: said({
    en: 'Registering a card, the same one included, pays what is outstanding.',
    ja: '同じカードを登録し直した場合も、未払い分がすぐに決済されます。',
  }),
  nothingAtOnce: said({
    en: 'Nothing is outstanding, so nothing is charged now.',
    ja: '未払いの請求がないため、今回の決済はありません。',
  }),
  listComma: said({ en: ', ', ja: '、' }),
  confirmCredit: said({
    en: 'Please confirm first that the card has at least this much available credit.',
    ja: 'あらかじめ、カードのご利用可能枠がこの金額以上あることをご確認ください。',
  }),
  waiting: said({
    en: (sum: string) => `${sum} is being charged to the present card. Should that fail, it is charged to the new one.`,
    ja: (sum: string) => `${sum}は現在のカードで決済中です。決済できなかった場合は、新しいカードで決済されます。`,
  }),
  hold: said({ en: 'Held, not charged', ja: '与信枠の確保' }),
  holdNote: said({ en: 'To see that the card works.', ja: 'カードの有効性を確認するためのものです。' }),
  holdBody: said({
    en: (sum: string) =>
      `A hold of ${sum} is placed and released at once. No money is taken, though your card issuer may show it as pending for a few days.`,
    ja: (sum: string) =>
      `${sum}の与信枠を確保し、すぐに解放します。請求は発生しませんが、カード会社の明細に数日間「保留」と表示されることがあります。`,
  }),
  checkBody: said({
    en: 'The card is checked without a hold. No money is taken.',
    ja: '与信枠を確保せずにカードを確認します。請求は発生しません。',
  }),
  laterHolds: said({
    en: 'A hold is also placed at the beginning of each month for the prior month’s fees, and when you order items. Those are then charged.',
    ja: '毎月初めの前月分のご利用料金と、商品をご注文いただいた際にも与信枠を確保し、その後に決済します。',
  }),
  submit: said({ en: 'Submit', ja: '登録する' }),
  submitAndPay: said({ en: (sum: string) => `Submit and pay ${sum}`, ja: (sum: string) => `登録して${sum}を支払う` }),
  checking: said({ en: 'Checking the card …', ja: 'カードを確認しています…' }),
  cancel: said({ en: 'Cancel', ja: 'キャンセル' }),
  ifItFails: said({
    en: 'If the check fails, nothing changes: the present payment method stays. Your bank may ask you to confirm.',
    ja: '確認できなかった場合は何も変更されず、現在のお支払い方法がそのまま使われます。銀行から本人認証を求められることがあります。',
  }),
  ifItFailsWithout: said({
    en: 'If the check fails, nothing changes. Your bank may ask you to confirm.',
    ja: '確認できなかった場合は何も変更されません。銀行から本人認証を求められることがあります。',
  }),
  noFields: said({
    en: 'The card fields of the payment gateway could not be loaded. Check the connection and load the page again.',
    ja: '決済代行会社のカード入力欄を読み込めませんでした。接続を確認し、ページを再読み込みしてください。',
  }),
  notSent: said({
    en: 'The payment gateway could not be asked. Nothing was charged. Please try again.',
    ja: '決済代行会社に接続できませんでした。請求は発生していません。もう一度お試しください。',
  }),
  pendingTitle: said({ en: 'Your bank has not answered yet', ja: '銀行からの回答を待っています' }),
  pendingBody: said({
    en: 'We keep asking. Nothing changes until then, and you may leave this page.',
    ja: '確認を続けています。回答があるまで何も変更されません。このページを離れても問題ありません。',
  }),
  failedTitle: said({ en: 'The card was not registered', ja: 'カードを登録できませんでした' }),
  nothingCharged: said({ en: 'Nothing was charged.', ja: '請求は発生していません。' }),
  tryAgain: said({ en: 'Try again', ja: 'もう一度試す' }),
  done: said({
    en: (card: ReactNode) => <>{card} is registered</>,
    ja: (card: ReactNode) => <>{card} を登録しました</>,
  }),
  doneShort: said({ en: 'The card is registered', ja: 'カードを登録しました' }),
  holdStory: said({
    en: (sum: string) => `A hold of ${sum} was placed and is released. No money was taken by it.`,
    ja: (sum: string) => `${sum}の与信枠を確保し、解放しました。この確認による請求は発生していません。`,
  }),
}
