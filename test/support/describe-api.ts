/** The OpenAPI document of the routes as they are now. No database is asked: nothing is served. */
import { buildApi } from '../../src/api/app.ts'
import { instant } from '../../src/domain/calendar.ts'
import type { System } from '../../src/operations/system.ts'
import { readSettings } from '../../src/settings.ts'

export async function describeApi(): Promise<string> {
  const { coverages } = readSettings({}, '.')
  const system = { coverages } as unknown as System // routes are only described; none of them is called
  const clock = { now: async () => instant(0) }
  const app = await buildApi({ system, clock, settings: { sandbox: false, publicUrl: 'https://kessai.example' } })
  await app.ready()
  try {
    return `${JSON.stringify(app.swagger(), null, 2)}\n`
  } finally {
    await app.close()
  }
}
