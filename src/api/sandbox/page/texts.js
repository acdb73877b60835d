/** The page's own labels; what happened and why is said by the API, in the same language. */
const texts = {
  title: { en: 'Kessai sandbox', ja: 'Kessai サンドボックス' },
  now: { en: 'Business time', ja: '業務時刻' },
  day: { en: 'Advance a day', ja: '1日進める' },
  week: { en: 'Advance a week', ja: '1週間進める' },
  moving: { en: 'Moving the clock …', ja: '時刻を進めています…' },
  mail: { en: 'Mail', ja: 'メール' },
  reference: { en: 'API reference', ja: 'API リファレンス' },
  other: { en: '日本語', ja: 'English' },
  person: { en: 'Sign in as', ja: 'サインインするユーザー' },
  sign_in: { en: 'Sign in', ja: 'サインイン' },
  sign_out: { en: 'Sign out', ja: 'サインアウト' },
  account: { en: 'Account', ja: 'アカウント' },
  coverage: { en: 'Coverage', ja: 'カバレッジ' },
  show: { en: 'Show', ja: '表示' },
  settings: { en: 'Payment settings', ja: 'お支払い設定' },
  orders: { en: 'Orders', ja: 'ご注文' },
  none: { en: 'None', ja: 'なし' },
  issuer: { en: 'The card’s issuer', ja: 'カード会社' },
  behaviour: { en: 'From now on it answers', ja: '今後の応答' },
  apply: { en: 'Apply', ja: '適用' },
  declined: { en: 'declined', ja: '拒否' },
  insufficient_funds: { en: 'insufficient funds', ja: '残高不足' },
  lost: { en: 'lost card', ja: '紛失カード' },
  needs_3ds: { en: 'asks for 3-D Secure', ja: '3Dセキュアを要求' },
  cured: { en: 'approved', ja: '承認' },
  ask_bank: { en: 'Answer the bank', ja: '銀行の確認に回答する' },
  hold: { en: 'Held to check the card, and released at once', ja: 'カード確認のための与信（すぐに取り消されます）' },
  will_charge: { en: 'Charged at once with this card', ja: 'このカードですぐに請求される金額' },
  submit: { en: 'Submit', ja: '登録する' },
  registered: { en: 'The card is registered.', ja: 'カードを登録しました。' },
  pending: { en: 'The bank has not answered yet.', ja: '銀行からの回答を待っています。' },
  done: { en: 'Done.', ja: '完了しました。' },
}

export const language = () => localStorage.getItem('language') ?? (navigator.language.startsWith('ja') ? 'ja' : 'en')

/** The name itself where there is no text for it. */
export const say = (name) => texts[name]?.[language()] ?? name

export function label() {
  document.documentElement.lang = language()
  document.title = say('title')
  for (const element of document.querySelectorAll('[data-text]')) element.textContent = say(element.dataset.text)
  document.querySelector('#language').textContent = say('other')
}
