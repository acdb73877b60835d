/** A bar on a terminal, on standard error; nothing where nobody looks. */
import { Presets, SingleBar } from 'cli-progress'

export interface Progress {
  update(done: number, of: number, words?: string): void
  stop(): void
}

export function progressBar(label: string, options: { readonly json?: boolean }): Progress {
  if (options.json || !process.stderr.isTTY) return { update: () => undefined, stop: () => undefined }
  const bar = new SingleBar(
    {
      format: `${label} {bar} {value} of {total} {words}`,
      stream: process.stderr,
      clearOnComplete: true,
      hideCursor: true,
      barsize: 30,
    },
    Presets.shades_classic,
  )
  bar.start(1, 0, { words: '' })
  return {
    update: (done, of, words = '') => {
      bar.setTotal(of)
      bar.update(done, { words })
    },
    stop: () => bar.stop(),
  }
}
