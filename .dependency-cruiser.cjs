/**
 * The arrows between the folders of src/ (ARCHITECTURE.md). What is not drawn here may not be imported;
 * test/arrows.test.ts runs this, and plants a forbidden import to see that it is found.
 */
const arrows = {
  domain: [],
  texts: ['domain'],
  ports: ['domain'],
  postgres: ['domain'],
  adapters: ['ports', 'domain'],
  operations: ['domain', 'postgres', 'ports', 'texts'],
  api: ['operations', 'postgres', 'texts', 'domain'],
  worker: ['operations', 'postgres'],
  cli: ['operations', 'postgres'],
  // Nothing of ours: what it knows of us it learns over the wire. Its gateway face is the one exception, below.
  simulator: [],
}

// Names of things (an instant, a row's shape, a port) may be read anywhere they are carried through; they are types,
// and leave no import behind at run time.
const carriesTypes = ['api', 'worker', 'cli']

const notTests = '[.]test[.]ts$'
const gatewayFace = '^src/simulator/(as-gateway|gateway-[a-z]+)[.]ts$'

const onlyAlong = ([folder, targets]) => ({
  name: `${folder}-may-use-${targets.join('-') || 'nothing'}`,
  severity: 'error',
  from: { path: `^src/${folder}/`, pathNot: folder === 'simulator' ? [notTests, gatewayFace] : notTests },
  to: {
    path: '^(src|test|bench|console)/',
    pathNot: `^src/(${[folder, ...targets].join('|')})/`,
    ...(carriesTypes.includes(folder) ? { dependencyTypesNot: ['type-only'] } : {}),
  },
})

module.exports = {
  forbidden: [
    ...Object.entries(arrows).map(onlyAlong),
    {
      name: 'gateway-face-may-use-ports',
      severity: 'error',
      from: { path: gatewayFace },
      to: { path: '^src/', pathNot: '^src/(simulator|ports|domain)/' },
    },
    {
      name: 'demo-sees-the-network-from-outside',
      comment: 'the demonstration uses everything of ours, but of the card network only what speaks HTTP to it',
      severity: 'error',
      from: { path: '^src/demo/' },
      to: { path: '^src/simulator/', pathNot: '^src/simulator/(payer-http|remote)[.]ts$' },
    },
    {
      name: 'demo-is-used-by-main-alone',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/(demo/|main[.]ts$)', notTests] },
      to: { path: '^src/demo/' },
    },
    {
      name: 'domain-stays-pure',
      comment: 'no package and nothing of Node, but the calendar its time zones',
      severity: 'error',
      from: { path: '^src/domain/', pathNot: ['^src/domain/calendar[.]ts$', notTests] },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional', 'npm-no-pkg', 'unknown'] },
    },
    {
      name: 'calendar-uses-temporal-only',
      severity: 'error',
      from: { path: '^src/domain/calendar[.]ts$' },
      to: { path: 'node_modules|^node:|^[a-z]', pathNot: ['^src/domain/', 'temporal-polyfill'] },
    },
    {
      name: 'product-needs-no-tests',
      severity: 'error',
      from: { path: '^src/', pathNot: notTests },
      to: { path: ['^(test|bench)/', notTests] },
    },
    {
      name: 'no-cycles',
      comment: 'a circle of imports has no first file to read',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'only-what-is-declared',
      severity: 'error',
      from: { path: '^src/', pathNot: notTests },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'] },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { conditionNames: ['import', 'node', 'default'], extensions: ['.ts', '.js', '.json'] },
  },
}
