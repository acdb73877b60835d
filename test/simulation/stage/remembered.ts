/**
 * Questions that need not be asked again: what a plain read answered is still so while nobody has written to any table
 * that its text names. Steps that look for work ask mostly such questions, so that a quiet moment costs next to nothing.
 */

interface Answer {
  readonly rows?: readonly object[]
}

export interface Remembered {
  /** The answer of `ask`, or the one it gave before. */
  read(text: string, parameters: readonly unknown[], ask: () => Promise<unknown>): Promise<unknown>
  /** Told of every other statement, before and after it; answers the tables it writes. */
  wrote(tables: readonly string[]): void
}

const entriesAtMost = 2_000

/** `tables`: every name there is. */
export function remembered(tables: readonly string[]): Remembered {
  const versions = new Map<string, number>()
  const known = new Map<string, { readonly of: string; readonly answer: Answer }>()
  const named = new RegExp(`\\b(?:${tables.join('|')})\\b`, 'g')
  const namesIn = new Map<string, readonly string[]>()
  const tablesIn = (text: string): readonly string[] => {
    const found = namesIn.get(text) ?? [...new Set(text.match(named))]
    namesIn.set(text, found)
    return found
  }
  return {
    async read(text, parameters, ask) {
      const versionsOf = () =>
        tablesIn(text)
          .map((name) => versions.get(name) ?? 0)
          .join()
      const key = `${text}\n${JSON.stringify(parameters)}`
      const before = known.get(key)
      if (before?.of === versionsOf()) return copyOf(before.answer)
      const of = versionsOf()
      const answer = (await ask()) as Answer // pg's
      if (known.size > entriesAtMost) known.clear()
      known.set(key, { of, answer })
      return copyOf(answer)
    },
    wrote: (written) => {
      for (const name of written) versions.set(name, (versions.get(name) ?? 0) + 1)
    },
  }
}

/** Whoever was answered may do with the rows as they like. */
const copyOf = (answer: Answer): Answer => ({ ...answer, rows: (answer.rows ?? []).map((row) => ({ ...row })) })

/** Reads that hold nothing, and whose answer no clock changes. */
export const isPlainRead = (text: string): boolean =>
  /^\W*(?:kept \*\/\s*)?(?:select|with)\b/.test(text) &&
  !/\b(?:insert into|update|delete from|clock_timestamp|set_config|fill|pg_\w+)\b/.test(text)

export const writtenBy = (text: string): string[] =>
  [...text.matchAll(/\b(?:insert into|update|delete from|truncate)\s+"?([a-z_]+)/g)].map(([, name]) => name ?? '')
