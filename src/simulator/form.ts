/** Stripe's form bodies: `card[number]=…&expand[]=a&metadata[k]=v` as nested values. */

export type FormValue = string | FormValue[] | Form
export interface Form {
  [name: string]: FormValue
}

export function parseForm(body: string): Form {
  const form: Form = Object.create(null)
  for (const [name, value] of new URLSearchParams(body)) setAt(form, pathOf(name), value)
  return form
}

/** The value of a plain field; null when it is missing, empty or nested. */
export const text = (form: Form, name: string): string | null => {
  const value = form[name]
  return typeof value === 'string' && value !== '' ? value : null
}
export const nested = (form: Form, name: string): Form => {
  const value = form[name]
  return typeof value === 'object' && !Array.isArray(value) ? value : {}
}
/** `name[]=a&name[]=b` and `name[0]=a&name[1]=b` alike. */
export const list = (form: Form, name: string): string[] => {
  const value = form[name]
  const values = Array.isArray(value) ? value : Object.values(typeof value === 'object' ? value : {})
  return values.filter((one) => typeof one === 'string')
}
export const texts = (form: Form, name: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(nested(form, name)).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])),
  )

/** `a[b][]` → `a`, `b`, ``. */
const pathOf = (name: string): string[] => name.split('[').map((part) => part.replace(/\]$/, ''))

function setAt(form: Form, path: readonly string[], value: string): void {
  const [first = '', second, ...rest] = path
  if (second === undefined) {
    form[first] = value
  } else if (second === '') {
    const known = form[first]
    if (Array.isArray(known)) known.push(value)
    else form[first] = [value]
  } else {
    const known = form[first]
    const inner: Form = typeof known === 'object' && !Array.isArray(known) ? known : Object.create(null)
    form[first] = inner
    setAt(inner, [second, ...rest], value)
  }
}
