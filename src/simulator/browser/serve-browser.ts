/**
 * The simulator's browser side, from the simulator's own origin: the script that payers' pages load, and the frames with
 * card fields and 3-D Secure. Everything else goes on to the wire. The frames speak to their own origin and nobody else.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Wire, WireReply } from '../wire.ts'

/** `wire` with `/browser/…` in front of it. */
export const withBrowser =
  (wire: Wire): Wire =>
  async (request) => {
    const path = request.target.replace(/[?#].*$/s, '')
    if (!path.startsWith('/browser/')) return wire(request)
    const file = request.method === 'GET' ? files[path.slice('/browser/'.length)] : undefined
    return file === undefined ? nothing : reply(file)
  }

/** What is served, under which name; a frame's address has no ending, as addresses of pages have none. */
const files: Readonly<Record<string, string>> = Object.fromEntries([
  ['card', 'card.html'],
  ['controller', 'controller.html'],
  ['three-d-secure', 'three-d-secure.html'],
  ...[
    'v3.js',
    'card.js',
    'card.css',
    'card-fields.js',
    'controller.js',
    'gateway-calls.js',
    'page-channel.js',
    'texts.js',
    'three-d-secure.js',
    'three-d-secure.css',
  ].map((name) => [name, name]),
])

const types: Readonly<Record<string, string>> = { html: 'text/html', js: 'text/javascript', css: 'text/css' }

/** No inline script or style, and no other origin; who may embed a frame is for the embedding page to say. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

const read = new Map<string, string>()

function reply(name: string): WireReply {
  const body = read.get(name) ?? readFileSync(join(import.meta.dirname, name), 'utf8')
  read.set(name, body)
  return {
    status: 200,
    headers: {
      'content-type': `${types[name.split('.').at(-1) ?? '']}; charset=utf-8`,
      'content-security-policy': policy,
      'cross-origin-resource-policy': 'cross-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-cache',
    },
    body,
  }
}

const nothing: WireReply = { status: 404, headers: { 'content-type': 'text/plain' }, body: 'no such page\n' }
