/** Stripe's signature of an event: `t=<seconds>,v1=<HMAC-SHA256 of "t.body">`, made and verified. */
import { createHmac, timingSafeEqual } from 'node:crypto'

/** The header that goes with `body`; `wallMs` is epoch ms of wall time. */
export function signatureHeader(body: string, secret: string, wallMs: number): string {
  const seconds = Math.floor(wallMs / 1000)
  return `t=${seconds},v1=${hmac(body, secret, seconds)}`
}

/** When it was signed (epoch ms); null when nobody with the secret signed this body. */
export function signedAt(body: string, header: string, secret: string): number | null {
  const parts = header.split(',')
  const times = parts.filter((part) => part.startsWith('t='))
  const seconds = times.length === 1 ? /^t=(\d{1,12})$/.exec(times[0] ?? '')?.[1] : undefined
  if (seconds === undefined) return null
  const right = Buffer.from(hmac(body, secret, Number(seconds)))
  const given = parts.filter((part) => part.startsWith('v1=')).map((part) => Buffer.from(part.slice(3)))
  const matches = given.some((one) => one.length === right.length && timingSafeEqual(one, right))
  return matches ? Number(seconds) * 1000 : null
}

const hmac = (body: string, secret: string, seconds: number): string =>
  createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')
