/** What is sealed opens only here, for what it belongs to, unchanged. */
import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { open, seal } from './seal.ts'

const system = { secret: randomBytes(32), random: randomBytes }
const plain = randomBytes(20)

test('opens to what was sealed, and is sealed differently each time', () => {
  const [one, two] = [seal(system, plain, 'login 1'), seal(system, plain, 'login 1')]
  expect(Buffer.from(open(system, one, 'login 1'))).toEqual(plain)
  expect(one).not.toBe(two)
})

test('does not open for another row, under another key, or changed by one bit', () => {
  const sealed = seal(system, plain, 'login 1')
  expect(() => open(system, sealed, 'login 2')).toThrow()
  expect(() => open({ secret: randomBytes(32) }, sealed, 'login 1')).toThrow()
  const bytes = Buffer.from(sealed, 'base64url')
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes)
    changed[at] = (changed[at] ?? 0) ^ 1
    expect(() => open(system, changed.toString('base64url'), 'login 1')).toThrow()
  }
})
