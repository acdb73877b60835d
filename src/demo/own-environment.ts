/** What the processes of a platform that is thrown away are given: nothing of the caller's settings, no key of Stripe's, no database of theirs. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { defaultCoverages } from '../settings.ts'

/** The network's limits are not what this is about. */
const pace = { perSecond: 4000, perEndpointPerSecond: 2000 }

export function ownEnvironment(
  folder: string,
  { gatewayTimeoutMs = 60_000, ...more }: { readonly gatewayTimeoutMs?: number; readonly [name: string]: unknown } = {},
): Record<string, string | undefined> {
  const settings = join(folder, 'settings.json')
  mkdirSync(folder, { recursive: true })
  writeFileSync(settings, JSON.stringify({ coverages: defaultCoverages, pace, gatewayTimeoutMs, ...more }))
  const { PATH, HOME, LANG, TMPDIR } = process.env
  return { PATH, HOME, LANG, TMPDIR, KESSAI_SETTINGS: settings, KESSAI_DATA: folder, KESSAI_LOG: 'warn' }
}
