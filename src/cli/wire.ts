/** What `main.ts` hands a command: how to open the parts it needs. A command opens what it uses and closes it again. */
import type { Instant } from '../domain/calendar.ts'
import type { System } from '../operations/system.ts'
import type { Clock } from '../ports/clock.ts'
import type { Settings } from '../settings.ts'

export interface Wire {
  readonly settings: Settings
  /** Opens the database, migrated, and everything an operation may be handed. Rejects with a CommandError otherwise. */
  open(options?: OpenOptions): Promise<Opened>
  /** False when a coverage is served by the simulator and it does not answer. To be asked before `open`. */
  gatewayAnswers(): Promise<boolean>
  /** Brings the database up to this program's migrations. Answers the names of those that ran. */
  migrate(): Promise<string[]>
  /** Works on whatever is due, alive for the others to see, until `signal` is aborted. */
  work(opened: Opened, options: WorkOptions): Promise<void>
  /** Serves the HTTP API until `signal` is aborted; tells the port once it listens. */
  serve(
    opened: Opened,
    options: { readonly signal: AbortSignal; readonly onListening: (port: number) => void },
  ): Promise<void>
  /** Whether nothing is due at `now` and no worker holds anything. */
  isIdle(opened: Opened, now: Instant): Promise<boolean>
  /** Serves the card network until `signal` is aborted; tells where once it listens. */
  simulate(options: {
    /** Decides what issuers answer; null: the one these books were begun with. */
    readonly seed: string | null
    readonly signal: AbortSignal
    readonly onReady: (port: number) => void
  }): Promise<void>
}

export interface WorkOptions {
  /** How many buckets are worked on side by side. */
  readonly lanes: number
  /** How many rows one piece of work takes on. */
  readonly limit: number
  readonly signal: AbortSignal
}

export interface OpenOptions {
  /** Bring the database up to date first, as `start` and `demo` do; else one that is behind is refused. */
  readonly migrate?: boolean
  /** Connections to the database; the settings' when left out. */
  readonly connections?: number
}

export interface Opened {
  readonly system: System
  readonly clock: Clock
  readonly databaseUrl: string
  close(): Promise<void>
}

/** Ends a command with a sentence for the person at the terminal instead of a stack. */
export class CommandError extends Error {
  readonly exitCode: number
  constructor(message: string, exitCode = 1) {
    super(message)
    this.exitCode = exitCode
  }
}
