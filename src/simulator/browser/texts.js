/** Everything that the gateway's frames say to a payer, in both languages side by side. */

const authentication = {
  en: 'We are unable to authenticate your payment method. Please choose a different payment method and try again.',
  ja: 'お支払い方法を認証できませんでした。別のお支払い方法を選んで、もう一度お試しください。',
}

const texts = {
  // Card fields
  number: { en: 'Card number', ja: 'カード番号' },
  expiry: { en: 'Expiry date', ja: '有効期限' },
  expiry_hint: { en: 'MM / YY', ja: '月 / 年' },
  cvc: { en: 'Security code', ja: 'セキュリティコード' },
  // What is wrong with what was typed
  incomplete_number: { en: 'Your card number is incomplete.', ja: 'カード番号に不備があります。' },
  incomplete_expiry: { en: 'Your card’s expiry date is incomplete.', ja: 'カードの有効期限に不備があります。' },
  incomplete_cvc: { en: 'Your card’s security code is incomplete.', ja: 'セキュリティコードに不備があります。' },
  invalid_number: { en: 'Your card number is invalid.', ja: 'カード番号が無効です。' },
  incorrect_number: { en: 'Your card number is invalid.', ja: 'カード番号が無効です。' },
  invalid_expiry_month: { en: 'Your card’s expiry month is invalid.', ja: 'カードの有効期限の月が無効です。' },
  invalid_expiry_year: { en: 'Your card’s expiry year is in the past.', ja: 'カードの有効期限が過ぎています。' },
  invalid_cvc: { en: 'Your card’s security code is invalid.', ja: 'セキュリティコードが無効です。' },
  // What the issuer said
  card_declined: { en: 'Your card was declined.', ja: 'カードが拒否されました。' },
  insufficient_funds: { en: 'Your card has insufficient funds.', ja: 'カードの利用可能額が足りません。' },
  expired_card: { en: 'Your card has expired.', ja: 'カードの有効期限が切れています。' },
  incorrect_cvc: { en: 'Your card’s security code is incorrect.', ja: 'セキュリティコードが正しくありません。' },
  card_velocity_exceeded: {
    en: 'Your card was declined for making repeated attempts too frequently.',
    ja: '短い時間に何度も試されたため、カードが拒否されました。',
  },
  processing_error: {
    en: 'An error occurred while processing your card. Try again in a little bit.',
    ja: 'カードの処理中にエラーが発生しました。しばらくしてからもう一度お試しください。',
  },
  payment_intent_authentication_failure: authentication,
  setup_intent_authentication_failure: authentication,
  // What went wrong on the way
  api_connection_error: {
    en: 'The gateway could not be reached. Check your connection and try again.',
    ja: '決済サービスに接続できませんでした。接続を確認して、もう一度お試しください。',
  },
  api_error: {
    en: 'Something went wrong at the gateway. Please try again.',
    ja: '決済サービスで問題が発生しました。もう一度お試しください。',
  },
  invalid_request_error: {
    en: 'The gateway did not accept the request.',
    ja: '決済サービスがこの操作を受け付けませんでした。',
  },
  // The bank's page
  bank: { en: 'Simulated bank', ja: 'シミュレーション銀行' },
  bank_title: { en: 'Confirm your payment', ja: 'お支払いの確認' },
  bank_intro: {
    en: 'Your bank wants to know that it is you. This page is part of the sandbox: no money moves.',
    ja: 'ご本人による操作かどうかを銀行が確認しています。これはサンドボックスの画面で、実際のお金は動きません。',
  },
  merchant: { en: 'Merchant', ja: '加盟店' },
  amount: { en: 'Amount', ja: '金額' },
  card: { en: 'Card', ja: 'カード' },
  no_amount: { en: 'Card check, nothing is held', ja: 'カードの確認のみ（与信なし）' },
  approve: { en: 'Approve', ja: '承認する' },
  fail: { en: 'Fail authentication', ja: '認証に失敗する' },
  close: { en: 'Close without answering', ja: '回答せずに閉じる' },
  settled: { en: 'This payment no longer waits for an answer.', ja: 'このお支払いは、すでに回答済みです。' },
}

/** Empty for a name that has no text. */
export const say = (locale, name) => (Object.hasOwn(texts, name) ? texts[name][locale === 'ja' ? 'ja' : 'en'] : '')

/** Puts the texts where the page names them. */
export function label(locale) {
  document.documentElement.lang = locale
  for (const element of document.querySelectorAll('[data-text]'))
    element.textContent = say(locale, element.dataset.text)
}
