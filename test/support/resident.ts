/** Somebody of the sandbox, signed in over HTTP, and what they see of an account in a few words. */
import { z } from 'zod'

export interface Resident {
  ask(path: string): Promise<Record<string, unknown>>
  /** Settings per coverage, then invoices by coverage and month, then what else the account has. */
  tell(accountId: string): Promise<string[]>
}

export async function residentOn(
  address: string,
  path: string,
  body: Readonly<Record<string, string>>,
): Promise<Resident> {
  const call = async (path: string, more: RequestInit = {}) => {
    const response = await fetch(`${address}/api${path}`, more)
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return z.record(z.string(), z.unknown()).parse(await response.json())
  }
  const headers = { 'content-type': 'application/json' }
  const { token } = await call(path, { method: 'POST', headers, body: JSON.stringify(body) })
  const ask = (path: string) => call(path, { headers: { authorization: `Bearer ${token}` } })
  return { ask, tell: (accountId) => tell(ask, `/accounts/${accountId}`) }
}

const items = <Item extends z.ZodType>(item: Item) => z.object({ items: z.array(item) })
const settingsOf = z.object({
  method: z.string(),
  card: z.object({ validity: z.string() }).nullable(),
  standing: z.object({ status: z.string() }),
  banners: z.array(z.object({ kind: z.string(), code: z.string() })),
  allowedActions: z.array(z.object({ action: z.string(), refused: z.object({ reason: z.string() }).nullable() })),
})
const standingsOf = z.object({
  standings: z.array(z.object({ coverage: z.string(), exemption: z.object().nullable() })),
})
const orders = items(z.object({ externalId: z.string(), status: z.string() }))
const amounts = items(z.object({ status: z.string(), amountMinor: z.int() }))

async function tell(ask: Resident['ask'], account: string): Promise<string[]> {
  const { coverages, closedAt } = z
    .object({ coverages: z.array(z.string()), closedAt: z.string().nullable() })
    .parse(await ask(account))
  const { standings } = standingsOf.parse(await ask(`${account}/standing`))
  const lines: string[] = []
  for (const coverage of coverages) {
    const settings = settingsOf.parse(await ask(`${account}/coverages/${coverage}/payment-settings`))
    const isExempt = standings.some((one) => one.coverage === coverage && one.exemption !== null)
    lines.push([`${coverage} ${inWords(settings)}`, ...(isExempt ? ['exempt'] : [])].join(', '))
  }
  const invoices = items(z.object({ coverage: z.string(), month: z.string(), status: z.string() }))
  const billed = invoices.parse(await ask(`${account}/invoices`)).items
  billed.sort((one, other) => (one.coverage + one.month < other.coverage + other.month ? -1 : 1))
  lines.push(billed.map(({ status }) => status).join(' '))
  const ordered = orders.parse(await ask(`${account}/orders`)).items
  lines.push(...ordered.map(({ externalId, status }) => `${externalId} ${status}`).sort())
  for (const list of ['refunds', 'disputes']) {
    const { items } = amounts.parse(await ask(`${account}/${list}`))
    lines.push(...items.map(({ status, amountMinor }) => `${status} ${amountMinor}`))
  }
  return closedAt === null ? lines : [...lines, 'closed']
}

function inWords({ method, card, standing, banners, allowedActions }: z.output<typeof settingsOf>): string {
  const validity = card && card.validity !== 'valid' ? [card.validity] : []
  const refused = allowedActions.find(({ action }) => action === 'activate')?.refused?.reason ?? 'nothing_outstanding'
  return [
    [method, ...validity, standing.status].join(' '),
    ...new Set(banners.map(({ kind, code }) => `${kind} ${code}`)),
    // That nothing is owed says the rest already.
    ...(refused === 'nothing_outstanding' ? [] : [`no activate: ${refused}`]),
  ].join(', ')
}
