/**
 * A guide as somebody follows it: its `sh` blocks, in order, in one bash, and what each answers beside what the guide
 * shows of it. A shown `json` block is an excerpt: every key it has must be there, a list must hold each of its items, an
 * empty list is empty, and a text may be cut short with `…`. Lines of a shown `text` block must be printed as they are.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { delimiter, join } from 'node:path'
import { text } from 'node:stream/consumers'

const root = join(import.meta.dirname, '..', '..')

interface Step {
  readonly line: number
  readonly command: string
  readonly shows: readonly { readonly as: 'json' | 'text'; readonly text: string }[]
}

interface Followed {
  /** What does not go as the guide says; empty, or the guide is wrong. */
  readonly wrong: readonly string[]
  readonly steps: number
}

/** Follows a guide's markdown to its end, or to the first command that fails. */
export async function followGuide(
  guide: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Followed> {
  const steps = stepsOf(guide)
  const script = steps.map(({ command }, index) => `${command}\nprintf '${mark(index)}'`).join('\n')
  const path = [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter)
  const shell = spawn('bash', ['-c', `set -euo pipefail\n${script}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment, PATH: path },
  })
  const closed = once(shell, 'close')
  const [printed, complained] = await Promise.all([text(shell.stdout), text(shell.stderr)])
  const [code] = await closed
  const wrong: string[] = []
  let left = printed
  for (const [index, { line, command, shows }] of steps.entries()) {
    const end = left.indexOf(mark(index))
    if (end < 0) {
      wrong.push(`line ${line} ended with ${code}: ${command}\n${left}\n${complained}`)
      break
    }
    const answer = left.slice(0, end)
    left = left.slice(end + mark(index).length)
    for (const shown of shows) {
      if (!isShownBy(shown, answer)) wrong.push(`line ${line} shows ${shown.text}, but the answer is ${answer}`)
    }
  }
  return { wrong, steps: steps.length }
}

const mark = (index: number): string => `<<step ${index} is done>>`

/** Each `sh` block with the blocks that are shown of its answer. */
function stepsOf(markdown: string): Step[] {
  const steps: { line: number; command: string; shows: { as: 'json' | 'text'; text: string }[] }[] = []
  for (const { 1: as, 2: text = '', index } of markdown.matchAll(/^```(sh|json|text)\n([\s\S]*?)^```$/gm)) {
    const line = markdown.slice(0, index).split('\n').length
    if (as === 'sh') steps.push({ line, command: text, shows: [] })
    else if (as === 'json' || as === 'text') steps.at(-1)?.shows.push({ as, text })
  }
  return steps
}

function isShownBy({ as, text }: Step['shows'][number], answer: string): boolean {
  if (as === 'text') return text.split('\n').every((line) => answer.split(/\r?\n/).includes(line) || line === '')
  const shown: unknown = JSON.parse(text)
  // The answer in question is the last thing printed.
  const read = [answer, answer.trim().split('\n').at(-1) ?? ''].map(jsonOf)
  return read.some((value) => isExcerptOf(shown, value))
}

function isExcerptOf(shown: unknown, value: unknown): boolean {
  if (typeof shown === 'string' && shown.endsWith('…')) {
    return typeof value === 'string' && value.startsWith(shown.slice(0, -1))
  }
  if (Array.isArray(shown)) {
    if (!Array.isArray(value) || (shown.length === 0 && value.length > 0)) return false
    return shown.every((item) => value.some((other) => isExcerptOf(item, other)))
  }
  if (typeof shown !== 'object' || shown === null) return Object.is(shown, value)
  if (typeof value !== 'object' || value === null) return false
  const others = new Map<string, unknown>(Object.entries(value))
  return Object.entries(shown).every(([key, item]) => others.has(key) && isExcerptOf(item, others.get(key)))
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
