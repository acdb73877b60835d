/**
 * Booked events on their way out: signed like Stripe's, and, if the plan says so, late, twice, in another order or
 * never. Events wait in the books until they are confirmed, so those of a process that was killed are sent by the next.
 */
import { type AccountBooks, accountBooks, type Books, record } from './books.ts'
import type { EventFault, Faults } from './faults.ts'
import { webhookSecretOf } from './keys.ts'
import { awaitsTime, passTime } from './payouts.ts'
import type { BookedEvent } from './rows.ts'
import { signatureHeader } from './signature.ts'
import { renderSubject } from './stripe-objects.ts'

/** An event as it goes over the wire. */
export interface Delivery {
  readonly eventId: string
  readonly type: string
  readonly body: string
  /** The `Stripe-Signature` header. */
  readonly signature: string
}

export interface EventControl {
  /** From now on the account's events are booked: for `take`, or for the serving process to send to an address. */
  listen(account: string, url?: string | null): void
  /** From now on none is booked, and those that wait are dropped. */
  ignore(account: string): void
  /**
   * All that would have arrived by now, signed at `wallNow`, in the order of arrival. Each is given once, but for those
   * that come twice; one that is late is left for the next time, one that is lost is not given.
   */
  take(account: string, now: number, wallNow: number): Delivery[]
  /** What the serving process has to send: every account with an address, oldest first. */
  toSend(): Iterable<ToSend>
  /** Confirms events that were received, or were lost on their way. */
  confirm(account: string, eventIds: readonly string[]): void
  /** Lets happen what was to happen by itself until `now`, which is asked only if there is something of the kind. */
  tick(now: () => number | Promise<number>): Promise<void>
}

export interface ToSend {
  readonly account: string
  readonly url: string
  readonly event: BookedEvent
  readonly fate: EventFault | null
  sign(wallNow: number): Delivery
}

export function eventControl(books: Books, faults: Faults, write: () => void): EventControl {
  const seen = new Set<string>()
  let ticks = 0
  const confirm = (account: string, eventIds: readonly string[]) => {
    for (const id of eventIds) {
      seen.delete(id)
      if (accountBooks(books, account).undelivered.has(id)) record(books, ['delivered', account, id])
    }
    write()
  }
  const isHeldBack = (event: BookedEvent, fate: EventFault | null): boolean => {
    if (fate !== 'late' || seen.has(event.id)) return false
    seen.add(event.id)
    return true
  }
  return {
    listen(account, url = null) {
      record(books, ['endpoint', account, { url }])
      write()
    },
    ignore(account) {
      record(books, ['endpoint', account, null])
      confirm(account, [...accountBooks(books, account).undelivered.keys()])
    },
    take(name, now, wallNow) {
      const account = accountBooks(books, name)
      passTime(books, account, now)
      const fated = [...account.undelivered.values()].map((event) => ({ event, fate: faults.fateOf(event) }))
      const arrived = fated.filter(({ event, fate }) => !isHeldBack(event, fate))
      confirm(
        name,
        arrived.map(({ event }) => event.id),
      )
      return inOrderOfArrival(arrived).map(({ event }) => signed(books, account, event, wallNow))
    },
    *toSend() {
      for (const account of books.accounts.values()) {
        const url = account.endpoint?.url ?? null
        if (url === null) continue
        for (const event of account.undelivered.values()) {
          const sign = (wallNow: number) => signed(books, account, event, wallNow)
          yield { account: account.name, url, event, fate: faults.fateOf(event), sign }
        }
      }
    },
    confirm,
    async tick(now) {
      // Payouts take days: whoever asks ten times a second for the time need not ask for them.
      ticks += 1
      const patient = ticks % 50 !== 0
      const waiting = [...books.accounts.values()].filter((account) =>
        patient ? account.unsettledRefunds.size > 0 : awaitsTime(account),
      )
      if (waiting.length === 0) return
      const at = await now()
      for (const account of waiting) passTime(books, account, at)
      write()
    },
  }
}

interface Fated {
  readonly event: BookedEvent
  readonly fate: EventFault | null
}

/** Without those that are lost, behind the others those that were overtaken, and last what comes a second time. */
const inOrderOfArrival = (events: readonly Fated[]): Fated[] => [
  ...events.filter(({ fate }) => fate !== 'lost' && fate !== 'reordered'),
  ...events.filter(({ fate }) => fate === 'reordered').toReversed(),
  ...events.filter(({ fate }) => fate === 'twice'),
]

/** The same bytes every time; only the signature's time differs. */
function signed(books: Books, account: AccountBooks, event: BookedEvent, wallNow: number): Delivery {
  const { id: eventId, type } = event
  const view = { books, account, expand: new Set<string>(), url: '' }
  const body = JSON.stringify({
    id: eventId,
    object: 'event',
    api_version: apiVersion,
    created: Math.floor(event.createdAt / 1000),
    data: { object: renderSubject(view, event.subject) },
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type,
  })
  return { eventId, type, body, signature: signatureHeader(body, webhookSecretOf(account.name), wallNow) }
}

/** The version whose shapes `stripe-objects.ts` shows. */
const apiVersion = '2026-10-28.endive'
