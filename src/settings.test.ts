import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readSettings, SettingsError } from './settings.ts'

const read = (environment: Readonly<Record<string, string>>) => readSettings(environment, 'nowhere')

test('without anything set it is a sandbox on this machine alone', () => {
  expect(read({})).toMatchObject({
    sandbox: true,
    databaseUrl: null,
    listen: { host: '127.0.0.1', port: 8480 },
    publicUrl: 'http://127.0.0.1:8480',
    trustProxyHops: 0,
  })
})

test('one Stripe key, and it is no sandbox any more', () => {
  const { sandbox, stripeKeys } = read({ STRIPE_SECRET_KEY_JP: 'sk_1' })
  expect([sandbox, [...stripeKeys]]).toEqual([false, [['jp', 'sk_1']]])
})

test.each([
  ['KESSAI_LISTEN', 'here'],
  ['KESSAI_LISTEN', '127.0.0.1:99999'],
  ['KESSAI_TRUST_PROXY_HOPS', 'yes'],
  ['KESSAI_TRUST_PROXY_HOPS', '10'],
])('%s=%s is refused by its name', (name, value) => {
  expect(() => read({ [name]: value })).toThrow(SettingsError)
  expect(() => read({ [name]: value })).toThrow(name)
})

test('the reference lists every variable', () => {
  const source = readFileSync(join(import.meta.dirname, 'settings.ts'), 'utf8')
  const reference = readFileSync(join(import.meta.dirname, '..', 'docs', 'reference', 'settings.md'), 'utf8')
  const names = [
    ...[...source.matchAll(/environment\.([A-Z_]+)/g)].map(([, name]) => `\`${name}\``),
    ...[...source.matchAll(/perCoverage\('([A-Z_]+)'\)/g)].map(([, name]) => `\`${name}_<COVERAGE>\``),
  ]
  expect(names.length).toBeGreaterThan(10)
  expect(names.filter((name) => !reference.includes(name))).toEqual([])
})
