/**
 * `start`: the whole product to try, on the project's own data folder: database, card network, API, workers, and a made-up
 * platform with an account in every state. Its time runs on beside the wall's, and may be moved. Killed at any moment and
 * started again it carries on; only a platform that was not yet whole is made anew.
 */

import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, relative } from 'node:path'
import { exitCodes } from '../cli/exit-codes.ts'
import { CommandError, type Wire } from '../cli/wire.ts'
import { writeSandboxPeople } from '../data-folder.ts'
import type { Month } from '../domain/calendar.ts'
import { offsetClock } from '../postgres/clock.ts'
import type { Database } from '../postgres/database.ts'
import { checkInvariants } from '../postgres/invariants.ts'
import { defaultCoverages, readSettings, type Settings } from '../settings.ts'
import { wire as wireOf } from '../wiring.ts'
import { beginPlatform, type KeptPlatform, keepPlatform, readPlatform, removeHalfMade } from './kept-platform.ts'
import { sandboxPeopleOf } from './people.ts'
import { makePlatform, platformBegins } from './platform.ts'
import { type Show, silentShow, terminalShow } from './show.ts'
import { becomeSoleUser } from './sole-user.ts'
import { Interrupted, onStage, type Stage } from './stage.ts'
import { sayWelcome, type Welcome } from './welcome.ts'

export interface StartOptions {
  readonly json?: boolean
}

const seed = '19'
const firstMonth = '2027-01' as Month // the platform's own time, whatever the wall says
/** Fast enough not to be waited for, and less than what a gateway allows. */
const pace = { perSecond: 400, perEndpointPerSecond: 100 }

export async function startCommand(wire: Wire, options: StartOptions): Promise<void> {
  const show = options.json ? silentShow : terminalShow(process.stdout, process.env)
  const { dataFolder } = wire.settings
  refuseProduction(wire)
  const sole = await becomeSoleUser(dataFolder)
  try {
    removeHalfMade(wire.settings)
    const made = readPlatform(dataFolder)
    const environment = await environmentFor(wire.settings)
    const own = wireOf(readSettings(environment, dataFolder))
    writeSandboxPeople(dataFolder, sandboxPeopleOf())
    sayWhatThisIs(show, made === null, relative(process.cwd(), dataFolder) || dataFolder)
    const stage = {
      wire: own,
      seed,
      beginsAt: platformBegins,
      firstMonth,
      environment: { ...environment, KESSAI_LOG: process.env.KESSAI_LOG ?? 'warn' },
      servers: 1,
      onBegun: sole.note,
      onOpened: (db: Database) => beginPlatform(db, wire.settings),
    }
    await onStage(stage, (on) => run(on, show, made, options, own.settings))
  } catch (problem) {
    if (!(problem instanceof Interrupted)) throw problem
    show.line()
    throw new CommandError('stopped; npm start carries on from here', problem.exitCode)
  } finally {
    sole.release()
  }
}

async function run(
  stage: Stage,
  show: Show,
  made: KeptPlatform | null,
  options: StartOptions,
  settings: Settings,
): Promise<void> {
  const platform = made ?? (await makeOnce(stage, show))
  const broken = (await checkInvariants(stage.system.db)).filter((proof) => proof.broken > 0)
  const welcome: Welcome = {
    address: settings.publicUrl,
    platformKey: platform.platformKey,
    now: await stage.now(),
    broken: broken.map((proof) => proof.name),
  }
  if (options.json) process.stdout.write(`${JSON.stringify(welcome)}\n`)
  else sayWelcome(show, welcome)
  await new Promise((resolve) => stage.signal.addEventListener('abort', resolve, { once: true }))
}

async function makeOnce(stage: Stage, show: Show): Promise<KeptPlatform> {
  const platform = await makePlatform(stage, show)
  const now = await stage.now()
  // From here on its time runs on, as fast as ours.
  await offsetClock(stage.system.db, now - Date.now())
  keepPlatform(stage.dataFolder, platform)
  show.line()
  return platform
}

function refuseProduction({ settings }: Wire): void {
  if (settings.sandbox && settings.coverages.has('g') && settings.coverages.has('jp')) return
  throw new CommandError(
    settings.sandbox
      ? 'start plays in the coverages g and jp, and the settings have not both'
      : 'start is a sandbox with made-up customers, and a Stripe key is set: unset it, or use  bin/kessai serve  and  bin/kessai worker',
    exitCodes.notNow,
  )
}

/** What we and the children read: the user's own settings where there are any, and an address that is free. */
async function environmentFor(settings: Settings): Promise<Record<string, string | undefined>> {
  const { dataFolder, listen } = settings
  const port = await freePort(listen.host, listen.port)
  const address = `${listen.host}:${port}`
  return {
    ...process.env,
    KESSAI_DATA: dataFolder,
    KESSAI_SETTINGS: process.env.KESSAI_SETTINGS ?? ownSettings(dataFolder),
    KESSAI_LISTEN: address,
    KESSAI_PUBLIC_URL: process.env.KESSAI_PUBLIC_URL ?? `http://${address}`,
  }
}

function ownSettings(dataFolder: string): string {
  const file = join(dataFolder, 'start-settings.json')
  writeFileSync(file, JSON.stringify({ coverages: defaultCoverages, pace }))
  return file
}

/** `wanted`, unless somebody has it. */
async function freePort(host: string, wanted: number): Promise<number> {
  for (const port of [wanted, 0]) {
    const server = createServer()
    const listening = once(server, 'listening')
    server.listen(port, host)
    const free = await listening.then(
      () => server.address(),
      () => null,
    )
    server.close()
    if (typeof free === 'object' && free !== null) return free.port
  }
  throw new CommandError(`nothing can listen on ${host}`)
}

function sayWhatThisIs(show: Show, isNew: boolean, where: string): void {
  const { paint } = show
  show.line(
    `${paint.accent(paint.strong('Kessai 決済'))}  the API, a card network, and a made-up platform to try it on`,
  )
  show.line(paint.faint(`all in ${where}; Ctrl-C, or kill -9, at any moment: started again, it carries on`))
  if (isNew) show.line(paint.faint('the first time, two months of the platform go by before it is yours'))
  show.line()
}
