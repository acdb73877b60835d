/** `invoice approve`: lets an unusually large invoice be collected. */
import { userInfo } from 'node:os'
import { approveInvoice } from '../operations/approve-invoice.ts'
import { readInvoiceId } from '../operations/read-words.ts'
import { sayMoney, sayStatus } from '../operations/say-words.ts'
import { exitCodes } from './exit-codes.ts'
import { withSystem } from './opened.ts'
import { printJson, printLine } from './output.ts'
import { CommandError, type Wire } from './wire.ts'

export async function invoiceApproveCommand(
  wire: Wire,
  id: string,
  options: { readonly by?: string; readonly json?: boolean },
): Promise<void> {
  await withSystem(wire, async ({ system, now }) => {
    const invoiceId = readInvoiceId(id)
    const approvedBy = options.by ?? userInfo().username
    const approved = await approveInvoice(system, invoiceId, approvedBy, now)
    if ('refused' in approved) {
      if (approved.refused === 'invoice_unknown')
        throw new CommandError(`there is no invoice ${id}`, exitCodes.notFound)
      const found = sayStatus(approved.status)
      throw new CommandError(
        `only an invoice awaiting approval can be approved: this one is ${found}`,
        exitCodes.notNow,
      )
    }
    if (options.json) return printJson({ invoiceId, approvedBy, ...approved })
    const currency = system.coverages.get(approved.coverage)?.currency ?? ''
    const sum = sayMoney(approved.dueMinor, currency)
    printLine(`approved by ${approvedBy}: ${sum} of ${approved.accountId} is collected from now on`)
  })
}
