/** Text that no database column holds: found before anything is asked of the database, and named by its field. */
import type { FastifyRequest } from 'fastify'
import { type FieldError, Problem } from './errors.ts'

/** Rejects `invalid_request` for a NUL character or half a surrogate pair, however deep it stands. Without recursion: the depth is the caller's. */
export function refuseUnstorable({ params, query, body }: FastifyRequest): void {
  const found = findUnstorable({ params, query, body })
  if (found !== null) throw new Problem('invalid_request', { errors: [unstorable(found)] })
}

/** The field of the first such text, or null. */
export function findUnstorable(values: object): string | null {
  const left: [field: string, value: unknown][] = Object.entries(values)
  for (let next = left.pop(); next; next = left.pop()) {
    const [field, value] = next
    if (typeof value === 'string' && isUnstorable(value)) return field
    if (typeof value !== 'object' || value === null) continue
    for (const [name, inner] of Object.entries(value)) {
      if (isUnstorable(name)) return field
      left.push([`${field}.${name}`, inner])
    }
  }
  return null
}

const isUnstorable = (text: string): boolean => text.includes('\0') || !text.isWellFormed()

const unstorable = (field: string): FieldError => ({ field, message: 'whole Unicode text without the NUL character' })
