import { expect, test } from 'vitest'
import { readSettings } from '../settings.ts'
import { wire } from '../wiring.ts'
import { serveCommand } from './serve.ts'

test('a coverage whose cards nobody could register is told before anything is served', async () => {
  const keys = { STRIPE_SECRET_KEY_G: 'sk_1', STRIPE_PUBLISHABLE_KEY_G: 'pk_1', STRIPE_SECRET_KEY_JP: 'sk_2' }
  const serving = serveCommand(wire(readSettings(keys, 'nowhere')), {})
  await expect(serving).rejects.toThrow('STRIPE_PUBLISHABLE_KEY_JP is not set')
})
