/** A mailer that nobody can use while a transaction is open: a mail would leave before what it tells is true (F24). */
import type { Mailer } from '../../ports/mailer.ts'

export const mailOutsideTransactions = (mailer: Mailer, inTransaction: () => boolean): Mailer => ({
  async send(mail) {
    if (inTransaction()) throw new Error('an e-mail was sent inside a transaction')
    return mailer.send(mail)
  },
  close: () => mailer.close(),
})
