/** Sends one e-mail. Whether anybody reads it is beyond what a mail server can say. */

export interface Mail {
  /** One address. */
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  /** `<…@…>`, the same each time this mail is sent, so that whoever gets it twice can tell. */
  readonly messageId: string
  /** BCP 47. */
  readonly language: string
  /** Besides what every mail has; names of ASCII letters and dashes. */
  readonly headers: Readonly<Record<string, string>>
}

export type MailOutcome =
  /** The server took it upon itself to deliver it. */
  | { readonly outcome: 'sent' }
  /** The server refuses this recipient or this mail, and would again. */
  | { readonly outcome: 'rejected'; readonly reason: string }
  /** Not now: the server is away, busy, or refuses us whatever we send. Or no answer came, and it may have been taken. */
  | { readonly outcome: 'unknown'; readonly reason: string }

export interface Mailer {
  /** Never rejects for what the server does. */
  send(mail: Mail): Promise<MailOutcome>
  /** Lets go of its connections. */
  close(): void
}
