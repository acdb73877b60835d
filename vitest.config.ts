import { defineConfig } from 'vitest/config'

/** Tests about processes, terminals, clocks and browsers: each file in a process of its own. */
const alone = [
  'src/adapters/**/*.test.ts',
  'src/cli/**/*.test.ts',
  'src/demo/**/*.test.ts',
  'src/simulator/**/*.test.ts',
  'src/*.test.ts',
  'test/*.test.ts',
  'test/e2e/**/*.test.ts',
  'test/chaos/**/*.test.ts',
  'test/mutations/**/*.test.ts',
  'test/operations/crash-*.test.ts',
  'test/simulation/**/*.test.ts',
]

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    // One server and one migrated template for the whole run; started only when a file asks for a database.
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      { extends: true, test: { name: 'alone', include: alone } },
      {
        // These only compute, or only talk to a database of their own: what they import is imported once, not 90 times.
        extends: true,
        test: {
          name: 'together',
          include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: ['**/node_modules/**', ...alone],
          isolate: false,
        },
      },
    ],
  },
})
