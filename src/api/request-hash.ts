/** What tells one request under an Idempotency-Key from another: its address and body, as a hash. */
import { createHmac } from 'node:crypto'
import type { FastifyRequest } from 'fastify'

/** Keyed: a body may hold a password, and a plain hash of one is soon guessed. */
export const requestHash = ({ url, body }: FastifyRequest, secret: Uint8Array): Buffer =>
  createHmac('sha256', secret).update(url).update('\n').update(written(body)).digest()

/** As JSON, but without recursion: how deep a body is nested is the caller's choice, and the stack is ours. */
function written(body: unknown): string {
  const parts: string[] = []
  const left: { readonly text?: string; readonly value?: unknown }[] = [{ value: body }]
  for (let next = left.pop(); next; next = left.pop()) {
    const { text, value } = next
    if (text !== undefined) parts.push(text)
    else if (typeof value !== 'object' || value === null) parts.push(JSON.stringify(value) ?? 'null')
    else {
      const isList = Array.isArray(value)
      const inner = Object.entries(value).flatMap(([name, one]) => [
        { text: isList ? '' : `${JSON.stringify(name)}:` },
        { value: one },
        { text: ',' },
      ])
      left.push({ text: isList ? ']' : '}' }, ...inner.reverse(), { text: isList ? '[' : '{' })
    }
  }
  return parts.join('')
}
