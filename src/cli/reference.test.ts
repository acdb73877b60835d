/** docs/reference/cli.md is what `--help` says, of every command. Written anew by `vitest run src/cli/reference.test.ts -u`. */
import { join } from 'node:path'
import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { commands } from './commands.ts'

const never = async () => {
  throw new Error('help runs nothing')
}
const root = commands({ wire: never, start: never, demo: never })

test('the reference page is what --help says', async () => {
  const page = [
    '# The command line\n\nGenerated from `bin/kessai --help` and the help of each command; a test compares them.\n',
    ...everyCommand(root, []).map(([name, command]) => `## ${name}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\`\n`),
  ].join('\n')
  await expect(page).toMatchFileSnapshot(join(import.meta.dirname, '..', '..', 'docs', 'reference', 'cli.md'))
})

test('help fits 80 columns, and every command that does something takes --json', () => {
  for (const [name, command] of everyCommand(root, [])) {
    const tooLong = helpOf(command)
      .split('\n')
      .filter((line) => line.length > 80)
    expect(tooLong, name).toEqual([])
    const isGroup = command.commands.length > 0
    expect(
      command.options.some(({ long }) => long === '--json'),
      name,
    ).toBe(!isGroup)
  }
})

function everyCommand(command: Command, above: readonly string[]): [string, Command][] {
  const name = [...above, command.name()]
  return [[name.join(' '), command], ...command.commands.flatMap((each) => everyCommand(each, name))]
}

function helpOf(command: Command): string {
  const written: string[] = []
  command.configureOutput({ writeOut: (text) => written.push(text) }).outputHelp()
  return written.join('').trim()
}
