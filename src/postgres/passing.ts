/**
 * Which errors of the database pass by themselves: the server restarts, fails over, has no room left, or chose our
 * transaction to end a deadlock. The transaction is then undone, or committed without our hearing of it, and only what can be done twice
 * without harm may be done again.
 */

const passing: ReadonlySet<string> = new Set([
  // The network and the server's coming and going.
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN'],
  ...['57P01', '57P02', '57P03', '53300', '08000', '08001', '08003', '08004', '08006'],
  // No room, on the disk, in memory or for a lock, and what an operator or the disk ended.
  ...['53100', '53200', '58030', '57014', '55P03'],
  // Serialisation failure, deadlock, and a standby that is about to become the primary.
  ...['40001', '40P01', '25006'],
])

// pg has no code for a connection that ended under a query.
const ended =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect)/

export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if ('code' in error && typeof error.code === 'string') return passing.has(error.code)
  return ended.test(error.message) || (error instanceof AggregateError && error.errors.some(isPassing))
}
