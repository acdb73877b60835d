import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { expect, test } from 'vitest'
import { startThrowAwayPostgres } from './throw-away.ts'

const foldersOfOurs = () => readdirSync(tmpdir()).filter((name) => name.startsWith(`kessai-throw-away-${process.pid}-`))

test('its folder goes with it, and so does what a killed run left behind', async () => {
  // No process has a number this high.
  const leftover = join(tmpdir(), 'kessai-throw-away-999999999-test')
  mkdirSync(leftover)
  const server = await startThrowAwayPostgres({ work_mem: '7MB' })
  expect(existsSync(leftover)).toBe(false)
  expect(foldersOfOurs()).toHaveLength(1)
  const client = new pg.Client({ connectionString: server.url })
  await client.connect()
  expect((await client.query('show work_mem')).rows).toEqual([{ work_mem: '7MB' }])
  await client.end()
  await server.stop()
  expect(foldersOfOurs()).toEqual([])
})
