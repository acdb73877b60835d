/** `npm run mutations`: plants every bug of the list in a copy of the tree, and says what found it and how soon. */
import { parseArgs } from 'node:util'
import { startThrowAwayPostgres } from '../../src/adapters/embedded-postgres/throw-away.ts'
import { type Found, type Hunt, hunt } from './hunt.ts'
import { mutations } from './list.ts'
import type { Mutation } from './mutation.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    by: { type: 'string' },
    seeds: { type: 'string', default: '8' },
    accounts: { type: 'string', default: '60' },
    months: { type: 'string', default: '2' },
    jobs: { type: 'string', default: '2' },
    json: { type: 'boolean', default: false },
  },
})

// `--by simulation`, `--by tests`: those that it is to find.
const isBy = ({ foundBy }: Mutation) => (values.by === 'simulation') === (foundBy === 'simulation')
const wanted = mutations
  .filter(({ name }) => values.only === undefined || name.includes(values.only))
  .filter((mutation) => values.by === undefined || isBy(mutation))
const server = await startThrowAwayPostgres({ shared_buffers: '128MB', fsync: 'off', max_connections: '200' })
const of: Hunt = {
  serverUrl: server.url,
  seeds: Number(values.seeds),
  accounts: Number(values.accounts),
  months: Number(values.months),
}

interface Row extends Found {
  readonly name: string
  /** Nothing planted: nothing is to be found. */
  readonly control: boolean
}

const tellRow = (row: Row): void => {
  const verdict = row.found === row.control ? 'WRONG' : row.control ? 'holds' : 'found'
  const after = row.seeds === null ? '' : `seed ${row.seeds}, `
  if (values.json) console.log(JSON.stringify(row))
  else console.log(`${verdict}  ${row.name}\n       ${after}${row.seconds.toFixed(1)} s: ${oneLine(row.by)}`)
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').slice(0, 160)

/** First that nothing is found where nothing is planted: else whatever is found later proves nothing. */
async function controls(): Promise<Row[]> {
  const files = [...new Set(wanted.map(({ foundBy }) => foundBy))]
  const groups = [files.filter((one) => one === 'simulation'), files.filter((one) => one !== 'simulation')]
  const rows: Row[] = []
  for (const group of groups.filter(({ length }) => length > 0)) {
    const row = { name: `nothing planted: ${group.join(', ')}`, control: true, ...(await hunt(null, group, of)) }
    tellRow(row)
    rows.push(row)
  }
  return rows
}

async function plantAll(): Promise<Row[]> {
  const rows: Row[] = []
  const left: Mutation[] = [...wanted]
  const work = async () => {
    for (let next = left.shift(); next; next = left.shift()) {
      const row = { name: next.name, control: false, ...(await hunt(next, [next.foundBy], of)) }
      tellRow(row)
      rows.push(row)
    }
  }
  await Promise.all(Array.from({ length: Number(values.jobs) }, work))
  return rows
}

let wrong = 0
try {
  const rows = [...(await controls()), ...(await plantAll())]
  wrong = rows.filter(({ found, control }) => found === control).length
  const planted = rows.filter(({ control }) => !control)
  if (!values.json) console.log(`${planted.filter(({ found }) => found).length} of ${planted.length} found`)
} finally {
  await server.stop()
}
process.exitCode = wrong === 0 ? 0 : 1
