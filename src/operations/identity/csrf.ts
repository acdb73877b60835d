/**
 * The token that a page shows to prove that it is ours, derived from the session's: nothing to store, and whoever knows
 * it learns nothing of the session's token.
 */
import { createHmac } from 'node:crypto'

export const csrfTokenOf = (sessionToken: string): string =>
  createHmac('sha256', sessionToken).update('kessai csrf').digest('base64url')
