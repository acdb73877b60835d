/**
 * Beside the month: orders, quoted by the platform, confirmed by payers, shipped or cancelled; and payers who press
 * Activate for no reason. Everybody clicks twice, at two servers, and some walk away before an answer comes.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { DemoCoverage } from '../../src/demo/accounts.ts'
import { chance } from '../../src/demo/seeded.ts'
import type { Asker, Request } from './asking.ts'
import type { Callers } from './hands.ts'

export interface Shopping {
  /** Resolves when everybody has gone home. */
  stop(): Promise<void>
}

const lanes = 3
const lookEveryMs = 300
const looks = 40

export function goShopping(
  coverages: readonly DemoCoverage[],
  { ask, press }: Asker,
  { platform, payer }: Callers,
  seed: string,
): Shopping {
  let over = false
  const payers = coverages.filter(({ begins }) => begins === 'card')

  async function visit(of: DemoCoverage, number: string): Promise<void> {
    const draw = (what: string) => chance(seed, 'visit', number, what)
    const clicks = { twice: draw('clicks') < 0.5, impatient: draw('patience') < 0.1 }
    const path = `/accounts/${of.accountId}`
    if (draw('errand') < 0.25) {
      await press(
        'activate',
        { method: 'POST', path: `${path}/coverages/${of.coverage}/activations`, by: payer(of.accountId) },
        clicks,
      )
      return
    }
    const items = [
      {
        code: 'sim',
        name: 'SIM card',
        quantity: 1 + Math.floor(draw('quantity') * 5),
        unitMinor: 550,
        taxRateBp: 1000,
      },
    ]
    const body = { coverage: of.coverage, externalId: `W-${number}`, items }
    const quoted = await press('quote', { method: 'POST', path: `${path}/orders`, by: platform, body }, clicks)
    const orderId = quoted?.body.orderId
    if (typeof orderId !== 'string') return
    const act = (what: string): Request => ({
      method: 'POST',
      path: `${path}/orders/${orderId}/${what}`,
      by: what === 'ship' ? platform : payer(of.accountId),
    })
    await press('confirm', act('confirm'), clicks)
    if ((await comeToRest(of, orderId)) !== 'held') return
    if (draw('then') < 0.6) await press('ship', act('ship'), clicks)
    else if (draw('then') < 0.8) await press('cancel', act('cancel'), clicks)
    // Some change their mind at the very moment at which it is shipped.
    else await Promise.all([press('ship', act('ship'), clicks), press('cancel', act('cancel'), clicks)])
  }

  async function comeToRest(of: DemoCoverage, orderId: string): Promise<unknown> {
    for (let looked = 0; looked < looks && !over; looked++) {
      const order = await ask({
        method: 'GET',
        path: `/accounts/${of.accountId}/orders/${orderId}`,
        by: payer(of.accountId),
      })
      if (order.body.status !== 'confirming') return order.body.status
      await delay(lookEveryMs)
    }
    return null
  }

  async function lane(index: number): Promise<void> {
    for (let round = 0; !over; round++) {
      const number = `${index}-${round}`
      const of = payers[Math.floor(chance(seed, 'who', number) * payers.length)]
      if (of) await visit(of, number)
      await delay(200 + 800 * chance(seed, 'rest', number))
    }
  }

  const shoppers = Promise.all(Array.from({ length: lanes }, (_, index) => lane(index)))
  // Told to whoever stops it.
  shoppers.catch(() => undefined)
  return {
    async stop() {
      over = true
      await shoppers
    },
  }
}
