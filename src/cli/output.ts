/** What commands print: one JSON object for machines, or lines that fit 80 columns for people. */

/** One line of JSON on standard output. Money is an integer of minor units, an instant is ISO 8601. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, jsonValue)}\n`)
}

export function printLine(text = ''): void {
  process.stdout.write(`${text}\n`)
}

/** Beside the result: what is going on, on standard error. */
export function printNote(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** An instant as JSON has it. */
export const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())

/** An instant for a person: `2027-02-01 06:00`, in UTC. */
export const shown = (at: number): string => new Date(at).toISOString().slice(0, 16).replace('T', ' ')

export const plural = (count: number | bigint, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en-US')} ${BigInt(count) === 1n ? one : many}`

/** Columns as wide as their widest cell; `right` names those that hold figures. */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string {
  const widths = header.map((name, at) => Math.max(name.length, ...rows.map((row) => row[at]?.length ?? 0)))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => (right.includes(at) ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd()
  return [line(header), ...rows.map(line)].join('\n')
}

/** Exact or not at all: beyond what a JSON number holds, a sum is an error and not a rounded figure. */
function jsonValue(_key: string, value: unknown): unknown {
  if (typeof value !== 'bigint') return value
  const number = Number(value)
  if (!Number.isSafeInteger(number)) throw new RangeError(`${value} is beyond what JSON holds exactly`)
  return number
}
