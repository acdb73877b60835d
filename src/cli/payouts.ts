/** `payouts`: what the gateway sent to the bank, and whether our books have the rest, to the cent. */
import { readCoverage } from '../operations/read-words.ts'
import { sayMoney } from '../operations/say-words.ts'
import { rulesOf } from '../operations/system.ts'
import { type Clearing, listPayouts, type PayoutSums, readClearing } from '../postgres/settlement-lists.ts'
import { exitCodes } from './exit-codes.ts'
import { withSystem } from './opened.ts'
import { iso, plural, printJson, printLine, shown, table } from './output.ts'
import type { Wire } from './wire.ts'

export async function payoutsCommand(
  wire: Wire,
  options: { readonly coverage: string; readonly last: number; readonly json?: boolean },
): Promise<number> {
  return withSystem(wire, async ({ system }) => {
    const coverage = readCoverage(system, options.coverage)
    const { currency } = rulesOf(system, coverage)
    const payouts = await listPayouts(system.db, { coverage, after: null, limit: options.last })
    const clearing = await readClearing(system.db, coverage)
    const agrees = clearing.differenceMinor === 0n && clearing.open === 0n
    if (options.json) {
      printJson({
        coverage,
        currency,
        payouts: payouts.map(inJson),
        clearing: { ...clearing, readThrough: iso(clearing.readThrough), agrees },
      })
    } else {
      printLine(payouts.length === 0 ? 'nothing was paid out yet' : table(columns, payouts.map(row), [1, 2, 3, 4, 5]))
      for (const line of clearingLines(clearing, currency)) printLine(line)
    }
    return agrees ? exitCodes.done : exitCodes.doneInPart
  })
}

const columns = ['arrives', 'gross', 'refunds', 'disputes', 'fees', 'net', '']

/** Payouts that came back and adjustments are of the gross: what is left is what went to the bank. */
function row(payout: PayoutSums): string[] {
  const { currency, amountMinor, refundedMinor, disputedMinor, feesMinor } = payout
  const money = (minor: bigint) => (payout.entriesRead ? sayMoney(minor, currency) : '')
  return [
    shown(payout.arrivesAt).slice(0, 10),
    money(payout.capturedMinor + payout.otherMinor),
    money(refundedMinor),
    money(disputedMinor),
    money(feesMinor),
    sayMoney(amountMinor, currency),
    payout.status === 'paid' ? '' : payout.status.replaceAll('_', ' '),
  ]
}

const inJson = ({ createdAt, arrivesAt, ...payout }: PayoutSums) => ({
  ...payout,
  createdAt: iso(createdAt),
  arrivesAt: iso(arrivesAt),
})

function clearingLines(clearing: Clearing, currency: string): string[] {
  const { readThrough, open, openMinor, unsettled, unsettledMinor, differenceMinor } = clearing
  if (readThrough === null) return ['', 'clearing account: the gateway’s balance has not been read yet']
  const say = (minor: bigint) => sayMoney(minor, currency)
  const agrees = differenceMinor === 0n && open === 0n
  return [
    '',
    `clearing account: ${say(clearing.balanceMinor)} at the gateway, read through ${shown(readThrough)} UTC`,
    agrees ? '  to the cent' : '  not to the cent',
    ...(open === 0n
      ? []
      : [`  at the gateway and not in our books: ${plural(open, 'entry', 'entries')}, ${say(openMinor)}`]),
    ...(unsettled === 0n
      ? []
      : [`  in our books, to come at the gateway: ${plural(unsettled, 'sum')}, ${say(unsettledMinor)}`]),
    ...(differenceMinor === 0n ? [] : [`  not explained: ${say(differenceMinor)}  (bin/kessai check)`]),
  ]
}
