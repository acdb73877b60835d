/** Where a page ended, as an opaque word: the key of its last row. */
import type { z } from 'zod'
import { Problem } from './errors.ts'
import { findUnstorable } from './unstorable.ts'

export const cursorOf = (key: object): string => Buffer.from(JSON.stringify(key)).toString('base64url')

/** Rejects `invalid_request` for a word that no page of this list answered. */
export function readCursor<Key>(text: string | undefined, schema: z.ZodType<Key>): Key | null {
  if (text === undefined) return null
  const parsed = schema.safeParse(parsedJson(Buffer.from(text, 'base64url').toString()))
  if (parsed.success && findUnstorable({ cursor: parsed.data }) === null) return parsed.data
  throw new Problem('invalid_request', {
    errors: [{ field: 'query.cursor', message: '`next` of the page before, unchanged' }],
  })
}

/** A page of `limit` out of up to `limit + 1` rows that were read. */
export function pageFrom<Row, Item>(
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => object,
  render: (row: Row) => Item,
): { items: Item[]; next: string | null } {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return { items: shown.map(render), next: rows.length > limit && last ? cursorOf(keyOf(last)) : null }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
