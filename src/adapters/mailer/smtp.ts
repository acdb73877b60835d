/** The mailer over SMTP: `smtp://user:password@host:587`, `smtps://…`; STARTTLS wherever the server offers it. */
import { createTransport } from 'nodemailer'
import type { Mail, Mailer, MailOutcome } from '../../ports/mailer.ts'

export interface SmtpOptions {
  readonly url: string
  /** `Kessai <billing@example.com>`, or the address alone. */
  readonly from: string
  /** Wall time that one answer of the server may take. */
  readonly timeoutMs?: number
  readonly connections?: number
}

export function smtpMailer({ url, from, timeoutMs = 20_000, connections = 4 }: SmtpOptions): Mailer {
  const transport = createTransport({
    url,
    pool: true,
    maxConnections: connections,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    // What is sent is text that we made: no file and no address is ever read into it.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    async send(mail) {
      const refusal = refuse(mail)
      if (refusal) return { outcome: 'rejected', reason: refusal }
      try {
        await transport.sendMail({
          from,
          // As an object it is one address, whatever it holds.
          to: { name: '', address: mail.to },
          envelope: { from: addressIn(from), to: [mail.to] },
          subject: mail.subject,
          text: mail.text,
          html: mail.html,
          messageId: mail.messageId,
          headers: {
            ...mail.headers,
            'Content-Language': mail.language,
            // Nobody's out-of-office note is wanted in answer.
            'Auto-Submitted': 'auto-generated',
            'X-Auto-Response-Suppress': 'All',
          },
          textEncoding: 'base64',
        })
        return { outcome: 'sent' }
      } catch (problem) {
        return outcomeOf(problem, mail.to)
      }
    },
    close: () => transport.close(),
  }
}

/** What could become a header, a recipient or a command of its own is not sent at all. */
function refuse({ to, subject, messageId, headers }: Mail): string | null {
  if (!/^[^\s<>,;:"()[\]\\@]{1,64}@[^\s<>,;:"()[\]\\@]{1,255}$/.test(to) || controls.test(to))
    return 'not one e-mail address'
  if (controls.test(subject) || subject.length > 200) return 'not a subject line'
  if (!/^<[\w.-]{1,120}@[\w.-]{1,120}>$/.test(messageId)) return 'not a message id'
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[A-Za-z][A-Za-z-]*$/.test(name) || controls.test(value)) return `not a header: ${name}`
  }
  return null
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const controls = /[\u0000-\u001f\u007f\u0085\u2028\u2029]/

const addressIn = (from: string): string => /<([^<>]+)>\s*$/.exec(from)?.[1] ?? from

/** A 5xx about the recipient or the mail is for good; one about us (sender, sign-in) is for our operator to mend. */
function outcomeOf(problem: unknown, to: string): MailOutcome {
  if (!(problem instanceof Error)) return { outcome: 'unknown', reason: String(problem) }
  // nodemailer's documented fields of an SMTP error.
  const { responseCode = 0, command = '' } = problem as { responseCode?: number; command?: string }
  // Servers like to repeat the address; it is not ours to keep.
  const reason = problem.message.replaceAll(to, '…').slice(0, 500)
  const forGood = responseCode >= 500 && (command === 'RCPT TO' || command === 'DATA')
  return { outcome: forGood ? 'rejected' : 'unknown', reason }
}
