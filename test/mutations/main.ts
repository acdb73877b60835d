/** `npm run mutations`: plants every bug of the list in a copy of the tree, and says what found it and how soon. */
import { parseArgs } from 'node:util'
import { startThrowAwayPostgres } from '../../src/adapters/embedded-postgres/throw-away.ts'
import { type Found, type Hunt, type Hunter, hunt, hunterOf } from './hunt.ts'
import { mutations } from './list.ts'
import type { Mutation } from './mutation.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    by: { type: 'string' },
    seeds: { type: 'string', default: '6' },
    accounts: { type: 'string', default: '300' },
    months: { type: 'string', default: '2' },
    jobs: { type: 'string', default: '2' },
    json: { type: 'boolean', default: false },
  },
})

const bySimulation = ({ foundBy }: Mutation): boolean => foundBy === 'simulation'
// `--by simulation`, `--by tests`: those that it is to find.
const wanted = mutations
  .filter(({ name }) => name.includes(values.only))
  .filter((mutation) => values.by === undefined || (values.by === 'simulation') === bySimulation(mutation))

const server = await startThrowAwayPostgres({
  shared_buffers: '128MB',
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
})
const of: Hunt = {
  serverUrl: server.url,
  seeds: Number(values.seeds),
  accounts: Number(values.accounts),
  months: Number(values.months),
}

interface Row extends Found {
  readonly name: string
  readonly isRight: boolean
}

function tell(row: Row): Row {
  const after = row.seeds === null ? '' : `${row.seeds} seeds, `
  if (values.json) console.log(JSON.stringify(row))
  else {
    console.log(`${row.isRight ? row.end : `WRONG: ${row.end}`}  ${row.name}`)
    console.log(`    ${after}${row.seconds.toFixed(1)} s: ${row.by.replace(/\s+/g, ' ').slice(0, 160)}`)
  }
  return row
}

/** First that nothing is found where nothing is planted: else whatever is found later proves nothing. */
async function controls(): Promise<Row[]> {
  const tested = wanted.filter((mutation) => !bySimulation(mutation))
  const named = tested.map((mutation) => mutation.named ?? '')
  const tests = { files: [...new Set(tested.map(({ foundBy }) => foundBy))], named: [...new Set(named)] }
  const hunters: [name: string, Hunter][] = []
  if (wanted.some(bySimulation)) hunters.push(['nothing planted, simulated', 'simulation'])
  if (tested.length > 0) hunters.push(['nothing planted, tested', tests])
  const rows: Row[] = []
  for (const [name, hunter] of hunters) {
    const found = await hunt(null, hunter, of)
    rows.push(tell({ name, isRight: found.end === 'missed', ...found }))
  }
  return rows
}

async function plantAll(): Promise<Row[]> {
  const rows: Row[] = []
  const left = [...wanted]
  const work = async () => {
    for (let next = left.shift(); next; next = left.shift()) {
      const found = await hunt(next, hunterOf(next), of)
      rows.push(tell({ name: next.name, isRight: found.end === 'found', ...found }))
    }
  }
  await Promise.all(Array.from({ length: Number(values.jobs) }, work))
  return rows
}

try {
  const [control, planted] = [await controls(), await plantAll()]
  process.exitCode = [...control, ...planted].every(({ isRight }) => isRight) ? 0 : 1
  if (!values.json) console.log(`${planted.filter(({ isRight }) => isRight).length} of ${planted.length} found`)
} finally {
  await server.stop()
}
