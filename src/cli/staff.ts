/** `staff add` and `staff invite`: the way in for the first admin, and back in for the last one. */
import { addStaff, inviteStaff } from '../operations/identity/add-staff.ts'
import { operator } from '../operations/identity/audit.ts'
import { readStaff } from '../postgres/staff.ts'
import { exitCodes } from './exit-codes.ts'
import { withSystem } from './opened.ts'
import { printJson, printLine } from './output.ts'
import { CommandError, type Wire } from './wire.ts'

interface StaffAddOptions {
  readonly name: string
  readonly role: 'support' | 'billing' | 'admin'
  readonly json?: boolean
}

export async function staffAddCommand(wire: Wire, email: string, options: StaffAddOptions): Promise<void> {
  if (!/^[!-?A-~]{1,64}@[!-?A-~]{1,190}$/.test(email)) throw new CommandError(`${email} is not an e-mail address`)
  const { name, role } = options
  await withSystem(wire, async ({ system }) => {
    const added = await addStaff(system, { name, email, role }, operator)
    if ('refused' in added) throw new CommandError(`somebody on the staff has ${email}: see  bin/kessai staff invite`)
    print(system.publicUrl, added.staffId, added.token, options)
  })
}

export async function staffInviteCommand(
  wire: Wire,
  email: string,
  options: { readonly json?: boolean },
): Promise<void> {
  await withSystem(wire, async ({ system }) => {
    const staff = (await readStaff(system.db)).find((row) => row.email.toLowerCase() === email.toLowerCase())
    const invited = staff ? await inviteStaff(system, staff.staffId, operator) : null
    if (!staff || !invited || 'refused' in invited)
      throw new CommandError(`nobody on the staff has ${email}`, exitCodes.notFound)
    print(system.publicUrl, staff.staffId, invited.token, options)
  })
}

function print(publicUrl: string, staffId: string, token: string, options: { readonly json?: boolean }): void {
  const link = `${publicUrl}/staff/set-up#${token}`
  if (options.json) {
    printJson({ staffId, token, link })
    return
  }
  printLine('This link sets the password and one-time codes; it works once, for seven days.')
  printLine('Whoever has it is this staff member: hand it over in person.')
  printLine(`\n  ${link}`)
}
