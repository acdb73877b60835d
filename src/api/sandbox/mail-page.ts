/** The pages of caught mail: plain HTML, no script. What a mail holds is text here; its HTML is shown in a frame alone. */
import { createHash } from 'node:crypto'
import type { Language } from '../../texts/language.ts'
import { mailboxTexts } from '../../texts/mailbox.ts'
import type { CaughtMail, CaughtMailContent } from './mail.ts'

export function listPage(base: string, mails: readonly CaughtMail[], language: Language): string {
  const say = sayIn(language)
  const rows = mails.map(
    ({ id, to, subject, caughtAt }) =>
      `<tr><td>${escaped(when(caughtAt))}</td><td>${escaped(to)}</td>` +
      `<td><a href="${base}/${id}">${escaped(subject)}</a></td></tr>`,
  )
  const head = [say('at'), say('to'), say('subject')].map((label) => `<th scope="col">${label}</th>`).join('')
  const table = `<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`
  return page(say('title'), language, [
    `<h1>${say('title')}</h1><p>${say('about')}</p>`,
    `<form method="post" action="${base}/clear"><a href="${base}/">${say('refresh')}</a>`,
    `<button>${say('clear')}</button></form>`,
    mails.length === 0 ? `<p>${say('none')}</p>` : table,
  ])
}

export function mailPage(base: string, mail: CaughtMailContent, language: Language): string {
  const say = sayIn(language)
  const lines = [
    [say('from'), mail.from],
    [say('to'), mail.to],
    [say('at'), when(mail.caughtAt)],
    ['Message-ID', mail.messageId],
  ].map(([label, value = '']) => `<tr><th scope="row">${label}</th><td>${escaped(value)}</td></tr>`)
  return page(mail.subject, language, [
    `<p><a href="${base}/">${say('back')}</a></p><h1>${escaped(mail.subject)}</h1>`,
    `<table>${lines.join('')}</table>`,
    `<h2>${say('html')}</h2>`,
    `<iframe src="${base}/${mail.id}/html" title="${say('html')}" sandbox="${framePermits}"></iframe>`,
    `<h2>${say('text')}</h2><pre>${linked(escaped(mail.text))}</pre>`,
  ])
}

export const gonePage = (base: string, language: Language): string => {
  const say = sayIn(language)
  return page(say('gone'), language, [`<h1>${say('gone')}</h1><p><a href="${base}/">${say('back')}</a></p>`])
}

/** A mail's own HTML, its links opening elsewhere. */
export const framed = (html: string): string => html.replace(/<head>/i, '<head><base target="_blank">')

const framePermits = 'allow-popups allow-popups-to-escape-sandbox'
export const framePolicy = [
  `sandbox ${framePermits}`,
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join('; ')

const style = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}body{max-width:960px;margin:0 auto;padding:24px 16px}
h1{font-size:24px;overflow-wrap:anywhere}h2{font-size:18px}table{border-collapse:collapse;width:100%}.wide{overflow-x:auto}
th,td{text-align:left;vertical-align:top;padding:8px 12px 8px 0;border-bottom:1px solid #8885;overflow-wrap:anywhere}
td:first-child{white-space:nowrap}form{display:flex;gap:16px;align-items:center;margin:16px 0}button{font:inherit;padding:4px 12px}
iframe{width:100%;height:620px;border:1px solid #8885;border-radius:6px}
pre{white-space:pre-wrap;overflow-wrap:anywhere;padding:16px;border:1px solid #8885;border-radius:6px;font:inherit}`

/** The one style above, and frames of our own. */
export const pagePolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "frame-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

const page = (title: string, language: Language, body: readonly string[]): string =>
  [
    `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><title>${escaped(title)}</title>`,
    `<meta name="viewport" content="width=device-width"><style>${style}</style></head>`,
    `<body><main>${body.join('\n')}</main></body></html>`,
  ].join('\n')

const sayIn =
  (language: Language) =>
  (word: keyof typeof mailboxTexts): string =>
    mailboxTexts[word][language]

const when = (at: string): string => at.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')

/** Of text that is escaped already. */
const linked = (text: string): string => text.replace(/https?:\/\/[^\s<]+/g, (url) => `<a href="${url}">${url}</a>`)

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
