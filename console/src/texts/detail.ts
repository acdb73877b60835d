/** Detail: what happened, and Activate. */
import { said } from './said.ts'

const once = (en: string, many: (times: number) => string) => (times: number) => (times === 1 ? en : many(times))

export const detailTexts = {
  title: said({ en: 'Detail', ja: '詳細' }),
  lead: said({
    en: (coverage: string, count: number) =>
      `${coverage} coverage: ${count === 0 ? 'nothing is outstanding' : count === 1 ? '1 invoice is outstanding' : `${count} invoices are outstanding`}.`,
    ja: (coverage: string, count: number) =>
      `${coverage}カバレッジ：${count === 0 ? '未払いの請求はありません' : `未払いの請求が${count}件あります`}。`,
  }),
  nothingOutstanding: said({ en: 'Nothing is outstanding any more.', ja: '未払いの請求はありません。' }),
  activate: said({ en: 'Activate', ja: '再決済する' }),
  activateLead: said({
    en: 'Retries the payment now. First make sure that your card issuer has lifted the limit or block.',
    ja: '今すぐ再決済します。カード会社による制限や利用停止が解除されていることを先にご確認ください。',
  }),
  chargedTo: said({ en: 'Charged to', ja: 'お支払いカード' }),
  activateSum: said({
    en: (label: string, sum: string) => `${label}: charge ${sum}`,
    ja: (label: string, sum: string) => `${label}（${sum}）`,
  }),
  charging: said({ en: (sum: string) => `Charging ${sum} …`, ja: (sum: string) => `${sum}を決済しています…` }),
  oneByOne: said({
    en: 'The invoices are charged one by one, the oldest first. If one fails, the automatic attempt takes place all the same.',
    ja: '古い請求から1件ずつ決済します。決済できなかった場合も、自動再決済は予定どおり行われます。',
  }),
  causes: said({ en: 'Common causes', ja: 'よくある原因' }),
  commonCauses: said({
    en: [
      { cause: 'Credit limit or funds', help: 'Ask your card issuer to raise the limit, or use another card.' },
      {
        cause: 'Block by the card issuer',
        help: 'Ask them to confirm that there is no block, hold or limit on the card.',
      },
      { cause: 'Card expired', help: 'Update the credit card.' },
      { cause: 'Details out of date', help: 'Update the credit card, even if it is the same one.' },
    ],
    ja: [
      {
        cause: '利用可能枠・残高の不足',
        help: 'カード会社に利用可能枠の引き上げを依頼するか、別のカードをご利用ください。',
      },
      {
        cause: 'カード会社による利用停止',
        help: 'カードに利用停止・保留・制限がかかっていないか、カード会社にご確認ください。',
      },
      { cause: 'カードの有効期限切れ', help: 'クレジットカードを変更してください。' },
      { cause: '登録情報が古い', help: '同じカードであっても、クレジットカードを登録し直してください。' },
    ],
  }),
  onlyIssuer: said({
    en: 'Only your card issuer knows the exact cause.',
    ja: '正確な原因はカード会社のみが把握しています。',
  }),
  whatHappened: said({ en: 'What happened', ja: '経過' }),
  invoices: said({ en: 'Outstanding invoices', ja: '未払いの請求' }),
  invoiceOf: said({ en: (month: string) => `Fees of ${month}`, ja: (month: string) => `${month}ご利用分` }),
  outstanding: said({ en: 'outstanding', ja: '未払い' }),
  paid: said({ en: 'paid', ja: '支払い済み' }),
  waitingForBank: said({
    en: (what: string) => `${what}: waiting for your bank`,
    ja: (what: string) => `${what}（銀行からの回答待ち）`,
  }),
  allTimes: said({ en: (zone: string) => `All times ${zone}.`, ja: (zone: string) => `時刻はすべて ${zone} です。` }),
  whats: {
    next: said({ en: () => 'Next automatic attempt', ja: () => '次回の自動決済' }),
    automatic: said({
      en: once('Automatic attempt', (times) => `${times} automatic attempts, one a day`),
      ja: once('自動決済', (times) => `自動決済 ${times}回（1日1回）`),
    }),
    activate: said({ en: () => 'Activate, pressed by the root user', ja: () => 'ルートユーザーによる再決済' }),
    card_registered: said({ en: () => 'Attempt after the card was registered', ja: () => 'カード登録時の決済' }),
    staff: said({ en: () => 'Attempt by support', ja: () => 'サポートによる決済' }),
    found: said({ en: () => 'Payment found at the gateway', ja: () => '決済代行会社で確認されたお支払い' }),
    skipped: said({
      en: once('No attempt', (times) => `No attempt for ${times} days`),
      ja: once('決済なし', (times) => `${times}日間 決済なし`),
    }),
    issued: said({ en: () => 'Invoice issued', ja: () => '請求の確定' }),
    paid: said({ en: () => 'Paid', ja: () => '支払い済み' }),
  },
}
