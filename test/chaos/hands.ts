/** What payers and the platform do in a month, over the HTTP API and at the gateway's own address: see `src/demo/hands.ts`. */
import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { DemoCoverage } from '../../src/demo/accounts.ts'
import type { CardFields, Hands } from '../../src/demo/hands.ts'
import type { Stage } from '../../src/demo/stage.ts'
import type { Asker, Caller, Request } from './asking.ts'

export interface Callers {
  readonly platform: Caller
  readonly payer: (accountId: string) => Caller
}

const patienceMs = 120_000

export function handsOverHttp(stage: Stage, { ask, press }: Asker, { platform, payer }: Callers): Hands {
  const pathOf = ({ accountId, coverage }: DemoCoverage) => `/accounts/${accountId}/coverages/${coverage}`
  const post = (of: DemoCoverage, what: string): Request => ({
    method: 'POST',
    path: `${pathOf(of)}/${what}`,
    by: payer(of.accountId),
  })

  /** The browser does not give up: at the gateway as little as at our page. */
  async function register(of: DemoCoverage, card: CardFields): Promise<string> {
    const begun = await press('register', post(of, 'registrations'))
    const { registrationId, clientSecret } = begun?.body ?? {}
    if (begun?.status !== 201) return String(begun?.body.code ?? 'unanswered')
    const from = performance.now()
    while (performance.now() - from < patienceMs) {
      stage.signal.throwIfAborted()
      // What the browser learns does not count; what was not reached is asked again.
      await stage
        .payer(of.coverage)
        .confirm({ clientSecret: String(clientSecret), card: { ...card, cvc: '123' } })
        .catch(() => undefined)
      const { body } = await ask(post(of, `registrations/${registrationId}/finish`))
      if (body.status === 'registered') return 'registered'
      if (body.status === 'failed') return 'failed'
      await delay(200)
    }
    throw new Error(`the registration ${registrationId} of ${of.accountId} does not end`)
  }

  return {
    async register(of, card) {
      // A network in trouble fails a registration now and then; a card with the wrong code, always.
      for (let left = card.number === '4000000000000127' ? 0 : 3; ; left--) {
        const ended = await register(of, card)
        if (ended === 'registered' || left === 0) return ended
      }
    },
    activate: (of) => press('activate', post(of, 'activations'), { twice: true }),
    async bringFees(path, onRead) {
      const file = await readFile(path)
      const { body } = await ask({ method: 'POST', path: '/fees', by: platform, body: file })
      const [read, refused] = [Number(body.read), Number(body.refused)]
      onRead(read)
      return { read, refused }
    },
    completeFees: (coverage, month) =>
      press('complete', {
        method: 'POST',
        path: `/coverages/${coverage}/months/${month}/fees-complete`,
        by: platform,
      }),
  }
}
