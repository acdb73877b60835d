/**
 * A real browser for tests, on a machine on which nobody installed one: the packed Chromium from npm with the system
 * libraries that come in its package (it links nss, which a bare machine lacks, and unpacks them only where it believes
 * itself in somebody's cloud). Where npm has none for the processor, Debian's Chromium does.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliDecompressSync } from 'node:zlib'
import { type Browser, chromium } from 'playwright-core'

const system = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
]
const packed = process.platform === 'linux' && process.arch === 'x64'
const installed = system.find((path) => existsSync(path))

/** Null: a browser is to be had here. Else why not, for the name of the test that is passed over. */
export const noBrowser: string | null =
  packed || installed ? null : `no browser for ${process.platform} ${process.arch}: install chromium to run this`

const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export async function launchBrowser(): Promise<Browser> {
  if (!packed) return chromium.launch({ executablePath: installed ?? '', args })
  const { executablePath, env } = unpacked()
  return chromium.launch({ executablePath, args, env })
}

function unpacked(): { executablePath: string; env: Record<string, string> } {
  const place = unpack(join(dirname(fileURLToPath(import.meta.resolve('@sparticuz/chromium'))), '..', '..'))
  const inherited = Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
  return {
    executablePath: join(place, 'chromium'),
    env: {
      ...Object.fromEntries(inherited),
      LD_LIBRARY_PATH: join(place, 'lib'),
      ...(existsSync('/etc/fonts/fonts.conf') ? {} : { FONTCONFIG_FILE: join(place, 'fonts.conf') }),
    },
  }
}

/** Once per installation, beside the packages; whoever comes second finds it whole. */
function unpack(packageFolder: string): string {
  const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as { version: string } // npm's
  const cache = join(import.meta.dirname, '..', '..', 'node_modules', '.cache')
  const place = join(cache, `chromium-${version}`)
  if (existsSync(place)) return place
  mkdirSync(cache, { recursive: true })
  const draft = mkdtempSync(join(cache, 'chromium-'))
  const content = (name: string) => brotliDecompressSync(readFileSync(join(packageFolder, 'bin', name)))
  writeFileSync(join(draft, 'chromium'), content('chromium.br'), { mode: 0o755 })
  for (const name of ['al2023.tar.br', 'fonts.tar.br']) {
    execFileSync('tar', ['-x', '--no-same-owner', '-C', draft], { input: content(name) })
  }
  writeFileSync(join(draft, 'fonts.conf'), `<fontconfig><dir>${join(place, 'fonts')}</dir></fontconfig>\n`)
  try {
    renameSync(draft, place)
  } catch (problem) {
    if (!existsSync(place)) throw problem
    rmSync(draft, { recursive: true })
  }
  return place
}
