/** One of the processes among which the seeds are dealt out: plays each on a database of its own. */
import pg from 'pg'
import { type Ending, type Play, simulate } from './simulate.ts'

export interface Deal extends Omit<Play, 'onDay'> {
  /** An address of the server with the right to create databases, and the migrated database to copy. */
  readonly serverUrl: string
  readonly template: string
}
export type Told =
  | { readonly day: number; readonly days: number }
  | { readonly ending: Ending; readonly seconds: number }

async function playOne({ serverUrl, template, ...play }: Deal): Promise<void> {
  const name = `simulated_${play.seed}_${process.pid}`
  const client = new pg.Client({ connectionString: serverUrl })
  // Where the server ends first, what was under way has failed by itself.
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query(`create database ${name} template ${template}`)
    const url = new URL(serverUrl)
    url.pathname = `/${name}`
    const began = performance.now()
    const ending = await simulate(url.href, { ...play, onDay: (day, days) => tell({ day, days }) })
    const seconds = (performance.now() - began) / 1000
    await client.query(`drop database ${name} with (force)`)
    tell({ ending, seconds })
  } finally {
    await client.end()
  }
}

const tell = (told: Told): void => void process.send?.(told)

// Whoever dealt is gone.
process.on('disconnect', () => process.exit())
process.on('message', (deal: Deal) => {
  playOne(deal).catch((problem: unknown) => {
    console.error(problem)
    process.exit(2)
  })
})
