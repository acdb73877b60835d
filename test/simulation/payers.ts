/** What payers do of a day: press Activate (twice, too), register cards, answer 3-D Secure or do not, order things. */
import { sql } from 'kysely'
import { bucketOfAccount } from '../../src/domain/bucket.ts'
import type { OrderItem } from '../../src/domain/order.ts'
import { activate } from '../../src/operations/activate.ts'
import { confirmOrder } from '../../src/operations/orders/confirm-order.ts'
import { quoteOrder } from '../../src/operations/orders/quote-order.ts'
import { beginRegistration, finishRegistration } from '../../src/operations/register-card.ts'
import { goodCardNumber } from '../../src/simulator/cards.ts'
import { clientSecretOf } from '../../src/simulator/customers.ts'
import { fewOf, pickOne, strikes } from './chance.ts'
import type { Live } from './live.ts'
import type { Person } from './world.ts'

/** Whoever has something unpaid may do something about it; a few register a card or order something for no reason. */
export async function payersWish(live: Live): Promise<(() => Promise<void>)[]> {
  const { stage, chance, persons, personOf } = live
  const { rows } = await sql<{ accountId: string; coverage: string }>`
    select distinct account_id as "accountId", coverage from invoices where status = 'outstanding'
    order by 1, 2`.execute(stage.onlooker.db)
  const repairs = rows.flatMap(({ accountId, coverage }) => {
    const person = personOf.get(accountId)
    if (!person || !strikes(chance, person.cares)) return []
    return chance() < 0.5
      ? [() => activating(live, accountId, coverage)]
      : [() => registering(live, person, coverage, anyCard(live, person))]
  })
  const idle = fewOf(chance, persons, 0.001).map(
    (person) => () => registering(live, person, pickOne(chance, person.coverages), anyCard(live, person)),
  )
  return [...repairs, ...idle, ...fewOf(chance, persons, 0.004).map((person) => () => ordering(live, person))]
}

function activating(live: Live, accountId: string, coverage: string): Promise<void> {
  const press = live.chance() < 0.25 ? live.askTwice : live.ask
  return press((system) => activate(system, { accountId, coverage }, live.stage.now()))
}

/** The same card, another one, or one that the coverage or the issuer refuses. */
function anyCard({ chance }: Live, person: Person): Person['card'] {
  const number = pickOne(chance, [
    person.card.number,
    person.card.number,
    goodCardNumber(1_000 + Math.floor(chance() * 100_000)),
    goodCardNumber(1_000 + Math.floor(chance() * 100_000), 'mastercard'),
    '4000000000000341',
    '4000000000000002',
    '4000002500003155',
    '4000002760003184',
    '3566002020360505',
  ])
  return { ...person.card, number, expYear: 2035, cvc: '1234'.slice(0, number.startsWith('3') ? 4 : 3) }
}

/** As in a browser; some close the window before they submit, or after. */
export async function registering(live: Live, person: Person, coverage: string, card: Person['card']): Promise<void> {
  const { stage, chance } = live
  const { accountId } = person
  const leaves = pickOne(chance, [null, null, null, null, null, null, 'before', 'after'] as const)
  const threeDSecure = pickOne(chance, ['pass', 'pass', 'pass', 'fail', 'abandon'] as const)
  let begun: Awaited<ReturnType<typeof beginRegistration>> | null = null
  await live.ask(async (system) => {
    begun = await beginRegistration(system, { accountId, coverage }, stage.now())
  })
  const known = begun as Awaited<ReturnType<typeof beginRegistration>> | null // written by the server above
  if (known === null || 'refused' in known || leaves === 'before') return
  await stage.engine.payer(coverage).confirm({ clientSecret: known.clientSecret, card, threeDSecure })
  if (leaves === 'after') return
  const finish = chance() < 0.1 ? live.askTwice : live.ask
  await finish((system) => finishRegistration(system, known.registrationId, stage.now()))
}

/** The platform's shop quotes, and the payer confirms at once or never. */
async function ordering(live: Live, { accountId, coverages }: Person): Promise<void> {
  const { stage, chance } = live
  const coverage = pickOne(chance, coverages)
  const items = Array.from({ length: 1 + Math.floor(chance() * 3) }, (_, index): OrderItem => {
    const unitMinor = BigInt(600 + Math.floor(chance() * 3000))
    return {
      code: `ITEM-${index}`,
      name: 'Item',
      quantity: 1 + index,
      unitMinor,
      taxRateBp: pickOne(chance, [0, 800, 1000]),
    }
  })
  const orderId = stage.onlooker.makeId(bucketOfAccount(accountId), stage.now())
  const quote = { orderId, accountId, coverage, externalId: orderId, items, quotedBy: 'shop' }
  await live.ask((system) => quoteOrder(system, quote, stage.now()), 'insistent')
  const confirm = pickOne(chance, [live.ask, live.ask, live.askTwice, null])
  await confirm?.((system) => confirmOrder(system, { accountId, orderId }, stage.now()))
}

/** Payers who were asked for 3-D Secure answer, or do not. */
export async function payersAnswer({ stage, chance }: Live): Promise<void> {
  const { rows } = await sql<{ paymentId: string; coverage: string }>`
    select gateway_payment_id as "paymentId", coverage from charges
    where settled_at is null and status = 'needs_customer' and trigger <> 'verification' and gateway_payment_id is not null
    order by gateway_payment_id`.execute(stage.onlooker.db)
  for (const { paymentId, coverage } of rows) {
    if (chance() < 0.3) continue
    const clientSecret = clientSecretOf(stage.engine.simulator.books, paymentId)
    await stage.engine.payer(coverage).confirm({ clientSecret, threeDSecure: chance() < 0.7 ? 'pass' : 'fail' })
  }
}
