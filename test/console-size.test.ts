/** How much script the payer's pages load at first, over the files as they are built and compressed: with the budget. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const built = join(import.meta.dirname, '..', 'console', 'dist')
const budgetBytes = 150_000

interface Chunk {
  readonly file: string
  readonly isEntry?: boolean
  readonly src?: string
  readonly imports?: readonly string[]
}
type Manifest = Readonly<Record<string, Chunk>>

/** The compressed scripts of these chunks and of all that they import before they run. */
function scriptBytes(language: string, manifest: Manifest, from: readonly string[]): number {
  const needed = new Set<string>()
  const follow = (name: string) => {
    if (needed.has(name)) return
    needed.add(name)
    for (const imported of manifest[name]?.imports ?? []) follow(imported)
  }
  for (const name of from) follow(name)
  return [...needed].reduce((sum, name) => sum + statSync(join(built, language, `${manifest[name]?.file}.gz`)).size, 0)
}

describe.runIf(existsSync(join(built, 'stamp')))('the console as it is built', () => {
  test.each(['en', 'ja'])('%s: every page loads less than 150 kB of compressed script at first', (language) => {
    const path = join(built, language, '.vite', 'manifest.json')
    const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest // as Vite writes it
    const entry = Object.keys(manifest).filter((name) => manifest[name]?.isEntry)
    const pages = Object.keys(manifest).filter((name) => /^src\/pages\/.*\.tsx$/.test(name))
    const sizes = pages.map((page) => ({ page, bytes: scriptBytes(language, manifest, [...entry, page]) }))
    if (process.env.KESSAI_PRINT_SIZES) for (const { page, bytes } of sizes) console.log(`${language} ${page} ${bytes}`)
    expect(sizes.length).toBeGreaterThan(4)
    expect(sizes.filter(({ bytes }) => bytes >= budgetBytes || bytes < 10_000)).toEqual([])
  })

  test('no page carries the sentences of the other language', () => {
    const page = (language: string) => {
      const path = join(built, language, '.vite', 'manifest.json')
      const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest // as Vite writes it
      const { file = '' } = manifest['src/pages/payment-settings/page.tsx'] ?? {}
      return readFileSync(join(built, language, file), 'utf8')
    }
    expect(page('en')).not.toMatch(/[\u3040-\u30ff]/)
    expect(page('ja')).not.toContain('Nothing is due')
  })
})
