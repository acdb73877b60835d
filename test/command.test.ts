/** bin/kessai as a person meets it: from any folder, through a link, whatever Node is on PATH. */
import { execFile } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

const command = join(import.meta.dirname, '..', 'bin', 'kessai')

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kessai-command-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function run(
  file: string,
  args: readonly string[],
  path: string,
): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = execFile(file, args, { cwd: folder, env: { ...process.env, PATH: path } }, (_error, out, err) =>
      resolve({ code: child.exitCode, out, err }),
    )
  })
}

test('--help answers from another folder, through links, without a warning', async () => {
  symlinkSync(command, join(folder, 'first'))
  symlinkSync('first', join(folder, 'kessai'))
  const said = await run(join(folder, 'kessai'), ['--help'], process.env.PATH ?? '')
  expect(said).toMatchObject({ code: 0, err: '' })
  expect(said.out).toMatch(/usage/i)
})

const choices: readonly [name: string, brought: number | null, onPath: number | null, expected: RegExp][] = [
  ['the one npm brought comes first', 24, 26, /^brought: main\.ts one two words$/],
  ['an old one is passed over', 20, 24, /^on PATH: main\.ts one two words$/],
  ['none was brought', null, 25, /^on PATH: main\.ts one two words$/],
  ['all are old', 20, 20, /needs Node 24 or newer/],
  ['nothing is installed', null, 20, /not installed yet.*npm ci/],
]

test.each(choices)('which Node: %s', async (name, brought, onPath, expected) => {
  const project = join(folder, name.replaceAll(' ', '-'))
  const fakeNode = (path: string, major: number, says: string) => {
    mkdirSync(dirname(join(project, path)), { recursive: true })
    writeFileSync(
      join(project, path),
      `#!/bin/sh\nif [ "$1" = -p ]; then echo ${major}; exit; fi\nshift; echo "${says}: \${1##*/} $2 $3"\n`,
    )
    chmodSync(join(project, path), 0o755)
  }
  mkdirSync(join(project, 'bin'), { recursive: true })
  cpSync(command, join(project, 'bin', 'kessai'))
  if (brought !== null) fakeNode('node_modules/.bin/node', brought, 'brought')
  if (onPath !== null) fakeNode('machine/node', onPath, 'on PATH')
  const { out, err } = await run(
    join(project, 'bin', 'kessai'),
    ['one', 'two words'],
    `${project}/machine:/usr/bin:/bin`,
  )
  expect((out + err).trim()).toMatch(expected)
})
