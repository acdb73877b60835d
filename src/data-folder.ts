/** What a data folder holds beside the embedded database: where the simulator is, its key, caught mail, who lives there. */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SandboxPerson } from './api/sandbox/sandbox.ts'

export interface SimulatorPlace {
  readonly port: number
  readonly seed: string
}

/** Nobody listens there. */
export const discardPort = 9

/** Where the simulator of this data folder listens, or last did. */
export function simulatorPlace(dataFolder: string): SimulatorPlace {
  const file = addressFile(dataFolder)
  const nowhere = { port: discardPort, seed: '1' }
  // Written below.
  return existsSync(file)
    ? { ...nowhere, ...(JSON.parse(readFileSync(file, 'utf8')) as Partial<SimulatorPlace>) }
    : nowhere
}

export const writeSimulatorPlace = (dataFolder: string, place: SimulatorPlace): void =>
  writeFileSync(addressFile(dataFolder), JSON.stringify(place))

const addressFile = (dataFolder: string): string => join(dataFolder, 'simulator.json')

/** The sandbox's controls need a key that only this data folder's owner can read. */
export function controlKey(dataFolder: string): string {
  const file = join(dataFolder, 'control.key')
  mkdirSync(dataFolder, { recursive: true })
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('hex'), { mode: 0o600, flag: 'wx' })
  return readFileSync(file, 'utf8')
}

/** Where the sandbox's caught mail is kept. */
export const mailFolder = (dataFolder: string): string => join(dataFolder, 'mail')

/** Made-up people to sign in as on the sandbox's page; none where nobody made any. */
export function sandboxPeople(dataFolder: string): readonly SandboxPerson[] {
  const file = peopleFile(dataFolder)
  // Written below.
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as SandboxPerson[]) : []
}

export const writeSandboxPeople = (dataFolder: string, people: readonly SandboxPerson[]): void =>
  writeFileSync(peopleFile(dataFolder), JSON.stringify(people, null, 2), { mode: 0o600 })

const peopleFile = (dataFolder: string): string => join(dataFolder, 'people.json')
