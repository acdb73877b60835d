/**
 * `npm run chaos`: processes for real, killed for minutes, and whether anybody was charged twice.
 *
 *   npm run chaos                                          three minutes, 150 accounts
 *   npm run chaos -- --minutes 10 --accounts 400 --seed 7
 *   npm run --silent chaos -- --json                       one JSON object, and nothing else on standard output
 *
 * Exit code 1 when anything is wrong; everything is then kept.
 */
import { parseArgs } from 'node:util'
import { silentShow, terminalShow } from '../../src/demo/show.ts'
import { temporaryFolder } from '../../src/demo/temporary.ts'
import { chaos } from './chaos.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '3' },
    accounts: { type: 'string', default: '150' },
    days: { type: 'string', default: '4' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    json: { type: 'boolean', default: false },
  },
})
const { seed } = values
const [minutes, accounts, days] = [Number(values.minutes), Number(values.accounts), Number(values.days)]
if (!(minutes > 0 && accounts >= 5 && Number.isInteger(accounts) && days >= 1)) {
  console.error('chaos: --minutes above 0, --accounts a whole number from 5, --days from 1')
  process.exit(2)
}
const show = values.json ? silentShow : terminalShow(process.stdout, process.env)
const folder = temporaryFolder()
let isSound = false
try {
  const { wrong, story, ...figures } = await chaos({ minutes, accounts, days, seed }, folder.path, show)
  isSound = wrong.length === 0
  if (values.json) console.log(JSON.stringify({ ...figures, wrong, story }))
  else {
    show.line()
    for (const [name, value] of Object.entries(figures)) {
      const told = typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)
      show.line(`${name.padEnd(26)}${told}`)
    }
    show.line()
    show.line(
      isSound
        ? show.paint.good('0 double, 0 missed, books equal to the cent, nothing left open')
        : show.paint.alert('WRONG:'),
    )
    for (const sentence of wrong) show.line(`  ${sentence}`)
    for (const line of story) show.line(`    ${line}`)
  }
} finally {
  if (isSound) folder.remove()
  else {
    process.exitCode = 1
    process.stderr.write(`chaos: everything is kept in ${folder.keep()}\n`)
  }
}
