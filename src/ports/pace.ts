/**
 * The pace at which all our processes together may call one coverage's gateway account. One instance speaks for one
 * account, and every process that calls it draws from the same lines (docs/decisions/0007).
 */
import type { Draw, Endpoint, Places, Trouble } from '../domain/pace.ts'

export interface GatewayPace {
  /** Takes the next free places for calls that wait. Rejects when nobody can be asked; nothing is taken then. */
  draw(endpoint: Endpoint, draw: Draw): Promise<Places>

  /** Tells every process to slow down. Rejects when nobody can be told, which costs nothing but the news. */
  slowDown(endpoint: Endpoint, trouble: Trouble): Promise<void>
}
