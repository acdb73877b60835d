/** The key that seals secrets: made once, the owner's alone, and never guessed at. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { secretKey } from './secret-key.ts'

const hex = '0f'.repeat(32)

test('a configured key is read in hexadecimal or base64', () => {
  expect(Buffer.from(secretKey(hex, '')).toString('hex')).toBe(hex)
  expect(Buffer.from(secretKey(Buffer.from(hex, 'hex').toString('base64'), '')).toString('hex')).toBe(hex)
})

test.each(['', 'short', hex.slice(2), `${hex}00`])('%j is no key', (text) =>
  expect(() => secretKey(text, '')).toThrow('32 bytes are needed'),
)

test('without one, it is made once and kept where only its owner reads it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kessai-secret-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const data = join(folder, 'data')
  const made = secretKey(null, data)
  expect(made).toHaveLength(32)
  expect(secretKey(null, data)).toEqual(made)
  expect(statSync(join(data, 'secret.key')).mode & 0o777).toBe(0o600)
  expect(readFileSync(join(data, 'secret.key'), 'utf8')).toMatch(/^[0-9a-f]{64}$/)
})
