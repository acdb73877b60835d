/** Words of what every page is made of. */
import { said } from './said.ts'

export const partTexts = {
  endingIn: said({ en: 'ending in', ja: '下4桁' }),
  loading: said({ en: 'Loading …', ja: '読み込み中…' }),
}

/** As the networks write themselves. */
export const brandNames = new Map([
  ['visa', 'Visa'],
  ['mastercard', 'Mastercard'],
  ['amex', 'American Express'],
  ['jcb', 'JCB'],
  ['diners', 'Diners Club'],
  ['discover', 'Discover'],
  ['unionpay', 'UnionPay'],
])
