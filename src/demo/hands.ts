/**
 * What payers and the platform do, as the operations that the API would call for them. Chaos does the same over HTTP, so a
 * month is played by either.
 */
import { createReadStream } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { Instant, Month } from '../domain/calendar.ts'
import { activate } from '../operations/activate.ts'
import { completeFees } from '../operations/close-month.ts'
import { feeRecords } from '../operations/fees/fee-records.ts'
import { importFees } from '../operations/import-fees.ts'
import { beginRegistration, finishRegistration } from '../operations/register-card.ts'
import type { System } from '../operations/system.ts'
import type { httpPayer } from '../simulator/payer-http.ts'
import type { DemoCoverage } from './accounts.ts'

export interface CardFields {
  readonly number: string
  readonly expMonth: number
  readonly expYear: number
}

export interface Hands {
  /** As a console does it: begin, let the browser confirm, finish. Answers how it ended, `registered` or a code. */
  register(of: DemoCoverage, card: CardFields): Promise<string>
  activate(of: DemoCoverage): Promise<unknown>
  /** Imports a file of fees; tells how many lines have been read. */
  bringFees(path: string, onRead: (lines: number) => void): Promise<{ readonly read: number; readonly refused: number }>
  completeFees(coverage: string, month: Month): Promise<unknown>
}

interface People {
  readonly system: System
  payer(coverage: string): ReturnType<typeof httpPayer>
  now(): Promise<Instant>
  readonly signal: AbortSignal
}

export const handsOn = ({ system, payer, now, signal }: People): Hands => ({
  async register(of, card) {
    const begun = await beginRegistration(system, of, await now())
    if ('refused' in begun) return begun.refused
    // What the browser learnt does not count: it may be a second visit to a card that was confirmed already.
    await payer(of.coverage).confirm({ clientSecret: begun.clientSecret, card: { ...card, cvc: '123' } })
    for (;;) {
      const finished = await finishRegistration(system, begun.registrationId, await now())
      if (finished.status !== 'pending') return finished.status === 'failed' ? finished.code : finished.status
      signal.throwIfAborted()
      await delay(100)
    }
  },
  activate: async (of) => activate(system, of, await now()),
  bringFees: async (path, onRead) => {
    const records = feeRecords(createReadStream(path))
    return importFees(system, records, { onProgress: ({ read }) => onRead(read) }, await now())
  },
  completeFees: async (coverage, month) => completeFees(system, coverage, month, await now()),
})
