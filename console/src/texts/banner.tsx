/** The banner's own words; why a payment failed and what helps is said by the API. */
import type { ReactNode } from 'react'
import { day } from '../format.ts'
import { said } from './said.ts'

export const bannerTexts = {
  paymentFailed: said({ en: 'Payment failed', ja: 'お支払いエラー' }),
  orderFailed: said({ en: 'Order payment failed', ja: 'ご注文のお支払いエラー' }),
  notCharged: said({
    en: (sum: string, card: ReactNode) => (
      <>
        <span className="together">{sum}</span> could not be charged to {card}
      </>
    ),
    ja: (sum: string, card: ReactNode) => (
      <>
        {card} で<span className="together">{sum}</span>を決済できませんでした
      </>
    ),
  }),
  notPaid: said({ en: (sum: string) => `${sum} is waiting to be paid`, ja: (sum: string) => `${sum}が未払いです` }),
  interrupted: said({
    en: (coverage: string, sum: string) => `Service on ${coverage} coverage is interrupted; ${sum} is due`,
    ja: (coverage: string, sum: string) => `${coverage}カバレッジのサービスは停止中です。${sum}が未払いです`,
  }),
  liftedAtOnce: said({
    en: 'Service resumes the moment everything overdue is paid.',
    ja: '未払い分のお支払いが完了すると、サービスはただちに再開されます。',
  }),
  suspendsOn: said({
    en: (on: string) => `If nothing is paid by then, service on this coverage is interrupted on ${day(on)}.`,
    ja: (on: string) => `お支払いがない場合、このカバレッジのサービスは${day(on)}に停止されます。`,
  }),
  detail: said({ en: 'Detail', ja: '詳細' }),
  showOrder: said({ en: 'Show the order', ja: 'ご注文を表示' }),
  contactSupport: said({ en: 'Contact Support', ja: 'サポートに問い合わせる' }),
  supportSubject: said({ en: 'Payment problem', ja: 'お支払いについて' }),
  coverage: said({ en: 'Coverage', ja: 'カバレッジ' }),
  invoices: said({
    en: (count: number) => (count === 1 ? '1 invoice' : `${count} invoices`),
    ja: (count: number) => `請求 ${count}件`,
  }),
  card: said({ en: 'Card', ja: 'カード' }),
  noCard: said({ en: 'None', ja: 'なし' }),
  expires: said({ en: (on: string) => `expires ${on}`, ja: (on: string) => `有効期限 ${on}` }),
  lastAttempt: said({ en: 'Last attempt', ja: '前回の決済' }),
  code: said({ en: 'Code', ja: 'コード' }),
}
