/**
 * What can be said of a card from what was typed, without asking anybody. Whether an expiry date has passed is not
 * among it: the sandbox's clock can be moved, so only the gateway knows what day it is.
 */

/** Brand, its first digits, how it is grouped, and the length of its security code. */
const brands = [
  { brand: 'amex', begins: /^3[47]/, groups: [4, 6, 5], cvc: 4 },
  { brand: 'jcb', begins: /^35(2[89]|[3-8])/, groups: [4, 4, 4, 4], cvc: 3 },
  { brand: 'mastercard', begins: /^(5[1-5]|2[2-7])/, groups: [4, 4, 4, 4], cvc: 3 },
  { brand: 'diners', begins: /^3(0|6|8)/, groups: [4, 6, 4], cvc: 3 },
  { brand: 'discover', begins: /^6(011|5)/, groups: [4, 4, 4, 4], cvc: 3 },
  { brand: 'unionpay', begins: /^62/, groups: [4, 4, 4, 4], cvc: 3 },
  { brand: 'visa', begins: /^4/, groups: [4, 4, 4, 4], cvc: 3 },
]
const unknown = { brand: 'unknown', groups: [4, 4, 4, 4], cvc: 3 }

const digitsOf = (text) => text.normalize('NFKC').replace(/\D/g, '')
export const kindOf = (number) => brands.find(({ begins }) => begins.test(digitsOf(number))) ?? unknown

/** In the groups that are embossed on the card. */
export function grouped(text) {
  const digits = digitsOf(text).slice(0, 19)
  const parts = []
  let rest = digits
  for (const length of kindOf(text).groups) {
    parts.push(rest.slice(0, length))
    rest = rest.slice(length)
  }
  return [...parts, rest].filter(Boolean).join(' ')
}

/** `12 / 34`, whichever way it was typed or filled in. */
export function expiryShown(text) {
  const typed = digitsOf(text)
  const digits = /^[2-9]/.test(typed) ? `0${typed}` : typed
  const year = digits.slice(2).length === 4 ? digits.slice(4) : digits.slice(2, 4)
  return year || /\/\s*$/.test(text) ? `${digits.slice(0, 2)} / ${year}` : digits.slice(0, 2)
}

/** Digits alone, as the gateway takes them. */
export function cardTyped({ number, expiry, cvc }) {
  const ends = digitsOf(expiry)
  return { number: digitsOf(number), month: ends.slice(0, 2), year: ends.slice(2, 4), cvc: digitsOf(cvc) }
}

/** What is wrong with each field, null for nothing; `incomplete_…` is no fault while somebody is still typing. */
export function faultsOf(values) {
  const { number, month, year, cvc } = cardTyped(values)
  const kind = kindOf(number)
  const length = kind.groups.reduce((sum, group) => sum + group, 0)
  return {
    number: number.length < length ? 'incomplete_number' : passesLuhn(number) ? null : 'invalid_number',
    expiry: expiryFault(month, year),
    cvc: cvc.length < kind.cvc ? 'incomplete_cvc' : null,
  }
}

function expiryFault(month, year) {
  if (month.length === 2 && !(Number(month) >= 1 && Number(month) <= 12)) return 'invalid_expiry_month'
  return month.length < 2 || year.length < 2 ? 'incomplete_expiry' : null
}

function passesLuhn(number) {
  const sum = [...number].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 1 ? 2 : 1)
    return total + (value > 9 ? value - 9 : value)
  }, 0)
  return sum % 10 === 0
}
