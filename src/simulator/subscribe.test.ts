import { expect, test } from 'vitest'
import { subscribe } from './subscribe.ts'

const addresses = new Map([
  ['g', 'http://127.0.0.1:1/g'],
  ['jp', 'http://127.0.0.1:1/jp'],
])

test('asks for each account until the simulator is there', async () => {
  const asked: string[] = []
  const simulator = {
    sendEvents: async (account: string, url: string | null) => {
      asked.push(`${account} ${url}`)
      if (asked.length < 3) throw new Error('not there yet')
    },
  }
  await subscribe({ simulator: () => simulator, addresses, signal: new AbortController().signal, everyMs: 1 })
  const [g = '', jp = ''] = [...addresses].map(([account, url]) => `${account} ${url}`)
  expect(asked).toEqual([g, g, g, jp])
})

test('ends when we do', async () => {
  const ours = new AbortController()
  let asked = 0
  const simulator = {
    sendEvents: async () => {
      asked += 1
      if (asked === 2) ours.abort()
      throw new Error('never there')
    },
  }
  await subscribe({ simulator: () => simulator, addresses, signal: ours.signal, everyMs: 1 })
  expect(asked).toBe(2)
})
