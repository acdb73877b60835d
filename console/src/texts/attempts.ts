/** Charges as they happen. */
import { said } from './said.ts'

export const attemptTexts = {
  caption: said({ en: 'What is being charged', ja: '決済中の請求' }),
  states: {
    waiting: said({ en: 'waiting', ja: '待機中' }),
    asking: said({ en: 'asking your bank', ja: '銀行に確認中' }),
    question: said({ en: 'your bank asks you', ja: '銀行が本人認証を求めています' }),
    paid: said({ en: 'paid', ja: '支払い済み' }),
    failed: said({ en: 'not paid', ja: '未払い' }),
  },
  paid: said({ en: (sum: string) => `Paid: ${sum}`, ja: (sum: string) => `${sum}をお支払いいただきました` }),
  notPaid: said({ en: 'The payment failed.', ja: '決済できませんでした。' }),
  bankAsks: said({
    en: 'Your bank wants to know that it is you. The payment goes on as soon as you have answered.',
    ja: '銀行が本人認証を求めています。認証が済むと、決済が続行されます。',
  }),
  answer: said({ en: 'Answer your bank', ja: '本人認証を行う' }),
  answering: said({ en: 'Waiting for your answer …', ja: '認証を待っています…' }),
  notAnswered: said({ en: 'Your bank was not answered.', ja: '本人認証が完了していません。' }),
}
