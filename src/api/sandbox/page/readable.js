/** JSON of the API as something to read: names and values, money with its currency. */
import { language, say } from './texts.js'

export function readable(value, currency, name = '') {
  if (Array.isArray(value)) return value.length === 0 ? textNode(say('none')) : listOf(value, currency)
  if (value !== null && typeof value === 'object') return namesAndValues(value, value.currency ?? currency)
  if (value === null || value === '') return textNode('–')
  return textNode(name.endsWith('Minor') && currency ? money(value, currency) : String(value))
}

export function money(amountMinor, currency) {
  const format = new Intl.NumberFormat(language(), { style: 'currency', currency, currencyDisplay: 'narrowSymbol' })
  return format.format(amountMinor / 10 ** format.resolvedOptions().maximumFractionDigits)
}

const textNode = (text) => document.createTextNode(text)

export function element(tag, ...content) {
  const made = document.createElement(tag)
  made.append(...content)
  return made
}

const listOf = (values, currency) => element('ol', ...values.map((one) => element('li', readable(one, currency))))

const namesAndValues = (value, currency) =>
  element(
    'dl',
    ...Object.entries(value).flatMap(([name, one]) => [
      element('dt', name),
      element('dd', readable(one, currency, name)),
    ]),
  )
