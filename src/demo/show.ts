/**
 * What a demonstration writes while it runs. On a terminal a step draws its bar as it goes; elsewhere each step is one
 * plain line when it is done. Colour only marks what a word or a figure says already.
 */
import { performance } from 'node:perf_hooks'

export interface Show {
  line(text?: string): void
  /** What is going on right now, gone with the next line; only a terminal shows it. */
  hint(text: string): void
  /** One step of known length; `at` may be called as often as there is news. */
  step(label: string): Step
  readonly paint: Paint
}

export interface Step {
  at(done: number, total: number): void
  done(says: string): void
}

export interface Paint {
  strong(text: string): string
  faint(text: string): string
  good(text: string): string
  alert(text: string): string
  accent(text: string): string
}

export const labelWidth = 12
export const barWidth = 26
/** Repaints faster than this are only seen as flicker. */
const repaintMs = 50

export function terminalShow(out: NodeJS.WriteStream, environment: Readonly<Record<string, string | undefined>>): Show {
  const live = out.isTTY === true && environment.TERM !== 'dumb'
  const paint = live && !environment.NO_COLOR ? colours : plain
  const write = (text: string) => out.write(text)
  return {
    paint,
    line: (text = '') => write(`${live ? '\r\x1b[K' : ''}${text}\n`),
    hint(text) {
      if (live) write(`\r${paint.faint(text)}\x1b[K`)
    },
    step(label) {
      const begunMs = performance.now()
      let drawnMs = 0
      const head = label.padEnd(labelWidth)
      return {
        at(done, total) {
          if (!live || performance.now() - drawnMs < repaintMs) return
          drawnMs = performance.now()
          const count = `${done.toLocaleString('en-US')} of ${total.toLocaleString('en-US')}`
          write(`\r${head}${paint.accent(bar(done, total, barWidth))}  ${paint.faint(count)}\x1b[K`)
        },
        done(says) {
          const took = `${((performance.now() - begunMs) / 1000).toFixed(1)} s`
          const whole = live ? `\r${head}${paint.good(bar(1, 1, barWidth))}  ` : head
          const left = 80 - labelWidth - (live ? barWidth + 2 : 0) - took.length - 1
          write(`${whole}${says.padEnd(left)} ${paint.faint(took)}${live ? '\x1b[K' : ''}\n`)
        },
      }
    },
  }
}

/** Says nothing: for `--json`. */
export const silentShow: Show = {
  paint: {
    strong: (text) => text,
    faint: (text) => text,
    good: (text) => text,
    alert: (text) => text,
    accent: (text) => text,
  },
  line: () => undefined,
  hint: () => undefined,
  step: () => ({ at: () => undefined, done: () => undefined }),
}

const plain = silentShow.paint
const coded =
  (on: number, off: number) =>
  (text: string): string =>
    `\x1b[${on}m${text}\x1b[${off}m`
const colours: Paint = {
  strong: coded(1, 22),
  faint: coded(2, 22),
  good: coded(32, 39),
  alert: coded(31, 39),
  accent: coded(34, 39),
}

/** `done` of `total` in `width` characters, to an eighth of one. */
export function bar(done: number, total: number, width: number): string {
  const eighths = total === 0 ? width * 8 : Math.round((Math.min(done, total) / total) * width * 8)
  const part = eighths % 8
  const full = '█'.repeat(Math.floor(eighths / 8)) + (part > 0 ? (' ▏▎▍▌▋▊▉'[part] ?? '') : '')
  return full.padEnd(width, '·')
}

/** Words broken into lines of at most `width`, those after the first indented; never at a no-break space. */
export function wrapped(text: string, width: number, indent: string): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line ? `${line} ${word}` : word
  }
  return [...lines, line].join(`\n${indent}`).replaceAll('\u00a0', ' ')
}
