/** The lines of the table below an e-mail's text. */
import { coverageName } from '../coverages.ts'
import { formatCard, formatDay, formatMoment, formatMoney } from '../format.ts'
import { type Detail, monthsIn, sum } from './mail-facts.ts'

export const account: Detail = {
  label: { en: 'Account', ja: 'アカウント' },
  value: ({ accountId }) => accountId,
}

export const coverage: Detail = {
  label: { en: 'Coverage', ja: 'カバレッジ' },
  value: ({ coverage }, language) => (coverage === null ? null : coverageName(coverage, language)),
}

export const amount: Detail = { label: { en: 'Amount', ja: '金額' }, value: sum }

export const month: Detail = {
  label: { en: 'Fees of', ja: 'ご利用月' },
  value: ({ months }, language) => (months === null ? null : monthsIn(months, language)),
}

export const card: Detail = {
  label: { en: 'Card', ja: 'カード' },
  value: ({ card }) => (card === null ? null : formatCard(card)),
}

export const date: Detail = {
  label: { en: 'Date', ja: '日時' },
  value: ({ at, zone }, language) => (at === null ? null : formatMoment(at, zone, language)),
}

export const owed: Detail = {
  label: { en: 'Unpaid', ja: '未払い' },
  value: ({ outstanding, currency }, language) =>
    outstanding.length === 0
      ? null
      : outstanding
          .map(({ months, dueMinor }) => ({
            month: monthsIn(months, language),
            due: formatMoney(dueMinor, currency, language),
          }))
          .map(({ month, due }) => (language === 'ja' ? `${month}分 ${due}` : `${month}: ${due}`))
          .join(language === 'ja' ? '、' : ', '),
}

export const suspension: Detail = {
  label: { en: 'Service is interrupted on', ja: 'サービス停止予定日' },
  value: ({ suspendsOn }, language) => (suspendsOn === null ? null : formatDay(suspendsOn, language)),
}
