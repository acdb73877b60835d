/** From facts to an e-mail's subject, text and HTML: the same sentences in both, whatever the facts hold (F58). */
import type { MessageKind } from '../../domain/message.ts'
import { type Language, say } from '../language.ts'
import type { MailFacts, MailText } from './mail-facts.ts'
import { cardExpiring, methodChanged, paymentFailed, paymentReceived, trialEnded } from './payments.ts'
import { invitation, passwordReset } from './sign-in.ts'
import { reminder, restored, suspended } from './standing.ts'

const mailTexts: Readonly<Record<MessageKind, MailText>> = {
  payment_failed: paymentFailed,
  payment_received: paymentReceived,
  method_changed: methodChanged,
  trial_ended: trialEnded,
  card_expiring: cardExpiring,
  reminder,
  suspended,
  restored,
  password_reset: passwordReset,
  invitation,
}

export interface Letter {
  readonly subject: string
  readonly text: string
  readonly html: string
}

export function letterFor(kind: MessageKind, facts: MailFacts, language: Language): Letter {
  const written = mailTexts[kind]
  const words = {
    subject: oneLine(say(written.subject, language, facts)).slice(0, 150),
    paragraphs: written.paragraphs
      .map((paragraph) => oneLine(say(paragraph, language, facts)))
      .filter((paragraph) => paragraph !== ''),
    details: written.details.flatMap(({ label, value }) => {
      const shown = value(facts, language)
      return shown === null ? [] : [{ label: say(label, language, null), value: oneLine(shown) }]
    }),
    action: written.action && { label: say(written.action, language, facts), url: facts.link },
    closing: say(closing, language, null),
    language,
  }
  return { subject: words.subject, text: textOf(words), html: htmlOf(words) }
}

const closing = {
  en: 'This e-mail was sent automatically. We never ask for your card number or password by e-mail.',
  ja: 'このメールは自動送信されています。メールでカード番号やパスワードをお尋ねすることはありません。',
}

interface Words {
  readonly subject: string
  readonly paragraphs: readonly string[]
  readonly details: readonly { readonly label: string; readonly value: string }[]
  readonly action: { readonly label: string; readonly url: string } | null
  readonly closing: string
  readonly language: Language
}

function textOf({ subject, paragraphs, details, action, closing, language }: Words): string {
  const colon = language === 'ja' ? '：' : ': '
  return [
    subject,
    ...paragraphs,
    ...(action ? [`${action.label}${colon.trim()}\n${action.url}`] : []),
    details.map(({ label, value }) => `${label}${colon}${value}`).join('\n'),
    `-- \n${closing}`,
  ]
    .filter((block) => block !== '')
    .join('\n\n')
}

/** Nothing but text and one link: no picture, no script, no colour that a dark screen would swallow. */
function htmlOf({ subject, paragraphs, details, action, closing, language }: Words): string {
  const rows = details.map(
    ({ label, value }) =>
      `<tr><th scope="row" style="${cell}font-weight:normal;opacity:.75;white-space:nowrap">${escaped(label)}</th>` +
      `<td style="${cell}">${escaped(value)}</td></tr>`,
  )
  return [
    `<!doctype html><html lang="${language}"><head><meta charset="utf-8">`,
    '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">',
    `<title>${escaped(subject)}</title></head>`,
    `<body style="margin:0;padding:24px 16px;font:16px/1.6 ${fonts}"><main style="max-width:560px;margin:0 auto">`,
    `<h1 style="font-size:22px;line-height:1.3;margin:0 0 16px">${escaped(subject)}</h1>`,
    ...paragraphs.map((paragraph) => `<p style="margin:0 0 12px">${escaped(paragraph)}</p>`),
    action === null
      ? ''
      : `<p style="margin:24px 0"><a href="${escaped(action.url)}" style="${button}">${escaped(action.label)}</a></p>`,
    rows.length === 0 ? '' : `<table style="border-collapse:collapse;margin:0 0 24px">${rows.join('')}</table>`,
    `<p style="margin:24px 0 0;font-size:13px;opacity:.75">${escaped(closing)}</p>`,
    '</main></body></html>',
  ].join('\n')
}

const fonts = "system-ui,-apple-system,'Hiragino Sans','Noto Sans JP',sans-serif"
const cell = 'text-align:left;vertical-align:top;padding:4px 16px 4px 0;'
const button =
  'display:inline-block;padding:10px 18px;border-radius:6px;background:#3a48a0;color:#ffffff;text-decoration:none'

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

/** What came from outside stays on its line, and in its direction. */
const oneLine = (text: string): string => text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, ' ').trim()
