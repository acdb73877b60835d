/** The program: settings → wiring → a command. Each part is loaded when a command wants it. */
import { runProgram } from './cli/program.ts'
import { CommandError, type Wire } from './cli/wire.ts'

async function wire(): Promise<Wire> {
  const [{ readSettings, SettingsError }, wiring] = await Promise.all([import('./settings.ts'), import('./wiring.ts')])
  try {
    return wiring.wire(readSettings(process.env, process.cwd()))
  } catch (problem) {
    throw problem instanceof SettingsError ? new CommandError(problem.message) : problem
  }
}

process.exitCode = await runProgram(
  {
    wire,
    start: async (options) => (await import('./demo/start.ts')).startCommand(await wire(), options),
    demo: async (options) => (await import('./demo/demo.ts')).demoCommand(await wire(), options),
  },
  process.argv.slice(2),
)
