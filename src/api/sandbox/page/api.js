/** The public API as this page calls it: the session's cookie, the CSRF token, a key for every POST. */
import { language } from './texts.js'

let csrfToken = ''
/** What `/api/me` answered; without it a cookie changes nothing. */
export const carry = (token) => {
  csrfToken = token ?? ''
}

/** Throws a sentence to show. */
export async function call(method, path, body) {
  const headers = {
    'accept-language': language(),
    'x-csrf-token': csrfToken,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(method === 'POST' && path.startsWith('/api/accounts') ? { 'idempotency-key': crypto.randomUUID() } : {}),
  }
  const response = await fetch(path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
  const text = await response.text()
  const answer = text === '' ? {} : JSON.parse(text)
  if (response.ok) return answer
  throw new Error(answer.title ?? `${response.status}`)
}
