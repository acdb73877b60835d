import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { testDatabase } from '../../test/support/database.ts'
import { instant } from '../domain/calendar.ts'
import { migrate, pendingMigrations, readMigrations } from './migrate.ts'

const database = testDatabase()
const now = instant(Date.UTC(2027, 1, 1))

let folder: string
let pool: pg.Pool
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kessai-migrations-'))
  pool = new pg.Pool({ connectionString: await database.another('empty') })
  // Dropped by force while a connection may still be saying goodbye.
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
})
afterEach(async () => {
  await pool.end()
  rmSync(folder, { recursive: true })
})

const write = (name: string, sql: string) => writeFileSync(join(folder, name), sql)
const tables = async () =>
  (
    await pool.query(
      `select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1`,
    )
  ).rows.map((row) => row.relname)

describe('migrate', () => {
  test('runs new files once, in order, and says when', async () => {
    write('0001_pears.sql', 'create table pears (id int); create table plums (id int);')
    expect(await migrate(pool, folder, now)).toEqual(['0001_pears.sql'])
    write('0002_more.sql', 'alter table pears add column ripe boolean')
    expect(await migrate(pool, folder, now)).toEqual(['0002_more.sql'])
    expect(await migrate(pool, folder, now)).toEqual([])
    expect(await tables()).toEqual(['migrations', 'pears', 'plums'])
    expect((await pool.query('select name, applied_at from migrations order by name')).rows).toEqual([
      { name: '0001_pears.sql', applied_at: new Date(now) },
      { name: '0002_more.sql', applied_at: new Date(now) },
    ])
  })

  test('a file that fails leaves nothing of itself, keeps those before it, and names its line', async () => {
    write('0001_pears.sql', 'create table pears (id int)')
    write('0002_bad.sql', 'create table plums (id int);\n\nselect from nowhere;')
    await expect(migrate(pool, folder, now)).rejects.toThrow(/0002_bad\.sql failed: .*nowhere.* \(line 3\)/)
    expect(await tables()).toEqual(['migrations', 'pears'])
    write('0002_bad.sql', 'create table plums (id int)')
    expect(await migrate(pool, folder, now)).toEqual(['0002_bad.sql'])
  })

  test('many at once run every file exactly once', async () => {
    for (const number of [1, 2, 3])
      write(`000${number}_t.sql`, `create table t${number} (id int); select pg_sleep(0.02)`)
    const ran = await Promise.all([1, 2, 3, 4].map(() => migrate(pool, folder, now)))
    expect(ran.flat().sort()).toEqual(['0001_t.sql', '0002_t.sql', '0003_t.sql'])
  })

  test('a changed file stops it before anything is touched', async () => {
    write('0001_pears.sql', 'create table pears (id int)')
    await migrate(pool, folder, now)
    write('0001_pears.sql', 'create table pears (id bigint)')
    write('0002_plums.sql', 'create table plums (id int)')
    await expect(migrate(pool, folder, now)).rejects.toThrow(/0001_pears\.sql was changed after it ran/)
    expect(await tables()).toEqual(['migrations', 'pears'])
  })
})

describe('what ran and the files must be a pair', () => {
  const file = (name: string, checksum = 'x') => ({ name, checksum, sql: '' })
  test.each([
    ['nothing ran', ['1', '2'], [], ['1', '2']],
    ['some ran', ['1', '2'], ['1'], ['2']],
    ['all ran', ['1'], ['1'], []],
    ['a file is missing', ['1'], ['1', '2'], /migration 2, which this version of Kessai does not know/],
    ['a file came in between', ['1', '2', '3'], ['1', '3'], /migration 2 stands before 3/],
  ])('%s', (_name, files, ran, expected) => {
    const run = () =>
      pendingMigrations(
        files.map((name) => file(name)),
        ran.map((name) => file(name)),
      ).map(({ name }) => name)
    if (expected instanceof RegExp) expect(run).toThrow(expected)
    else expect(run()).toEqual(expected)
  })

  test.each([['0002_gap.sql'], ['1_short.sql'], ['0001_Upper.sql'], ['0001-dash.sql']])(
    '%s is no name',
    async (name) => {
      write(name, '')
      await expect(readMigrations(folder)).rejects.toThrow(/are named 0001_words\.sql/)
    },
  )
})
