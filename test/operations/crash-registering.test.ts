/** Registrations that nobody came back to finish, with the worker dying before and after each effect. */
import { expect, test } from 'vitest'
import { bucketOfAccount } from '../../src/domain/bucket.ts'
import { hourMs, plusMs } from '../../src/domain/calendar.ts'
import { finishDueRegistrations } from '../../src/operations/finish-due-registrations.ts'
import { performDueCharges } from '../../src/operations/perform-charges.ts'
import { beginRegistration, finishRegistration } from '../../src/operations/register-card.ts'
import type { System } from '../../src/operations/system.ts'
import type { PayerConfirmation } from '../../src/simulator/payer.ts'
import { crashEverywhere, type Scene } from '../support/crash.ts'
import { testDatabase } from '../support/database.ts'
import { accountWithCard, type Engine, goodCard } from '../support/engine.ts'
import { outstanding } from '../support/scenes.ts'

const database = testDatabase()
const accountId = 'OP0000000001'
const bucket = bucketOfAccount(accountId)

async function check(scene: Scene, diesAt: readonly string[]) {
  expect(await crashEverywhere(database, scene)).toEqual(expect.arrayContaining([...diesAt]))
}

const finishDue = (system: System, engine: Engine) => finishDueRegistrations(system, bucket, engine.now(), 10)

/** Another card is begun over the one that is there; null: the payer closes the window before typing it. */
async function begun(engine: Engine, confirmation: Omit<PayerConfirmation, 'clientSecret'> | null): Promise<string> {
  const registration = await beginRegistration(engine.system, { accountId, coverage: 'g' }, engine.now())
  if ('refused' in registration) throw new Error(registration.refused)
  const { registrationId, clientSecret } = registration
  if (confirmation) await engine.payer('g').confirm({ clientSecret, ...confirmation })
  return registrationId
}

const anHourLater = (engine: Engine) => engine.setNow(plusMs(engine.now(), hourMs))

/** Whoever dies where: no card's proof stays held, or open to be confirmed, at the network. */
async function nothingHeld(engine: Engine): Promise<void> {
  const proofs = [...engine.simulator.payments(engine.now())].filter(({ subjectId }) => subjectId === null)
  expect(proofs.length).toBeGreaterThan(1)
  expect(proofs.filter(({ status }) => status !== 'canceled')).toEqual([])
}

test('registering a payer who confirmed and closed the window', () =>
  check(
    {
      setUp: async (engine) => {
        await outstanding(engine)
        await begun(engine, { card: { ...goodCard, number: '5555555555554444' } })
        anHourLater(engine)
      },
      operate: finishDue,
      atEnd: nothingHeld,
    },
    ['before update charges', 'before update invoices', 'before commit'],
  ))

test('giving up a registration that was abandoned', () =>
  check(
    {
      setUp: async (engine) => {
        await accountWithCard(engine, accountId)
        await engine.idle()
        await begun(engine, null)
        anHourLater(engine)
      },
      operate: finishDue,
      atEnd: nothingHeld,
    },
    ['before gateway release', 'before commit'],
  ))

test('giving up a registration whose 3-D Secure was abandoned', () =>
  check(
    {
      setUp: async (engine) => {
        await accountWithCard(engine, accountId)
        await engine.idle()
        await begun(engine, { card: { ...goodCard, number: '4000002500003155' }, threeDSecure: 'abandon' })
        anHourLater(engine)
      },
      operate: finishDue,
      atEnd: nothingHeld,
    },
    ['before gateway release', 'before commit'],
  ))

test('giving up the payment of a card that was declined', () =>
  check(
    {
      setUp: async (engine) => {
        await accountWithCard(engine, accountId)
        await engine.idle()
        const registrationId = await begun(engine, { card: { ...goodCard, number: '4000000000000002' } })
        await finishRegistration(engine.system, registrationId, engine.now())
      },
      operate: (system, engine) => performDueCharges(system, bucket, engine.now(), 10),
      atEnd: nothingHeld,
    },
    ['before gateway release', 'before commit'],
  ))
