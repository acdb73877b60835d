/** Every bug that is planted, in one list. */
import { around } from './around.ts'
import { billing } from './billing.ts'
import { collecting } from './collecting.ts'
import type { Mutation } from './mutation.ts'
import { retrying } from './retrying.ts'

export const mutations: readonly Mutation[] = [...collecting, ...retrying, ...billing, ...around]
