/**
 * Builds the console unless it is built already: types from `openapi.json`, then the pages once per language.
 * `npm start` and `npm test` run this first, so nobody looks at yesterday's console.
 */
import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import openapiTypescript, { astToString } from 'openapi-typescript'
import { build } from 'vite'

const folder = import.meta.dirname
const project = join(folder, '..')
const stamp = join(folder, 'dist', 'stamp')
const types = join(folder, 'src', 'api', 'schema.ts')

const digest = digestOf()
if (process.argv.includes('--types')) await writeTypes()
else if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== digest) {
  rmSync(stamp, { force: true })
  await writeTypes()
  for (const language of ['en', 'ja']) {
    process.env.KESSAI_LANGUAGE = language
    await build({ configFile: join(folder, 'vite.config.ts'), logLevel: 'warn' })
  }
  compress()
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, digest)
}

/** Written only when they changed: what watches files would else begin anew. */
async function writeTypes(): Promise<void> {
  const openapi = new URL('../openapi.json', import.meta.url)
  const text = `/** Made from openapi.json by build.ts; not checked in. */\n${astToString(await openapiTypescript(openapi))}`
  if (!existsSync(types) || readFileSync(types, 'utf8') !== text) writeFileSync(types, text)
}

/** Once and well, so that no request waits for it. */
function compress(): void {
  for (const file of globSync('dist/*/assets/*/*.{js,css}', { cwd: folder })) {
    const path = join(folder, file)
    writeFileSync(`${path}.br`, brotliCompressSync(readFileSync(path)))
    writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }))
  }
}

/** Of all that the result depends on. */
function digestOf(): string {
  const files = globSync(
    ['console/{src,public}/**/*.*', 'console/*.{ts,html,json}', 'openapi.json', 'package-lock.json'],
    {
      cwd: project,
    },
  )
  const hash = createHash('sha256')
  for (const file of files.filter((name) => join(project, name) !== types).toSorted()) {
    hash.update(file).update(readFileSync(join(project, file)))
  }
  return hash.digest('hex')
}
