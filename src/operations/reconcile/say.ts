/** Words of a reconciliation for a person at a terminal. */
import { type Day, dayAt, type Instant } from '../../domain/calendar.ts'
import { type Difference, differences, type Stage, stages } from '../../domain/reconciliation.ts'
import { rulesOf, type System } from '../system.ts'

export const sayDifference = (kind: Difference): string => differences[kind].says

/** How far it has come. */
export const stagesBehind = (stage: Stage) => ({ behind: stages.indexOf(stage), of: stages.length - 1 })

/** The day it is in the coverage's zone. */
export const todayIn = (system: Pick<System, 'coverages'>, coverage: string, now: Instant): Day =>
  dayAt(now, rulesOf(system, coverage).timeZone)
