/** The test of the test: bugs are planted in a copy of the tree, and something has to find each (npm run mutations). */
import { existsSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { mutations } from './list.ts'
import { mutated } from './mutation.ts'

const root = join(import.meta.dirname, '..', '..')

test('every bug can be planted: its lines are there once, and the file still reads as a program', () => {
  for (const mutation of mutations) {
    for (const [file, text] of mutated(root, mutation)) {
      if (file.endsWith('.ts')) expect(() => stripTypeScriptTypes(text), `${mutation.name}: ${file}`).not.toThrow()
    }
  }
})

test('every bug has a name of its own, changes something, and somebody who is to find it', () => {
  expect(new Set(mutations.map(({ name }) => name)).size).toBe(mutations.length)
  for (const { name, edits, foundBy } of mutations) {
    expect(edits.length, name).toBeGreaterThan(0)
    for (const { find, replace } of edits) expect(replace, name).not.toBe(find)
    if (foundBy !== 'simulation') expect(existsSync(join(root, foundBy)), `${name}: ${foundBy}`).toBe(true)
  }
})
