/** The platform's API keys, managed by an admin. */
import { z } from 'zod'
import { scopes } from '../../domain/access.ts'
import { longestGraceMs, rotationGraceMs } from '../../domain/api-key.ts'
import { hourMs } from '../../domain/calendar.ts'
import { createKey, revoke, rotateKey } from '../../operations/identity/api-keys.ts'
import { actorOf } from '../../operations/identity/audit.ts'
import { type KeyRow, readKeys } from '../../postgres/api-keys.ts'
import { Problem } from '../errors.ts'
import { route } from '../route.ts'
import { instantIn, instantOut, ourId, wireInstant, wireInstantOrNull } from '../wire.ts'

const scope = z.enum(scopes)
const shown = z.string().meta({ description: 'For `Authorization: Bearer …`. Shown now and never again.' })
const ofKey = z.object({ keyId: ourId })

const keyOut = z
  .object({
    keyId: z.string(),
    name: z.string(),
    scopes: z.array(scope),
    createdAt: instantOut,
    createdBy: z.string().meta({ description: 'The staff member’s id.' }),
    rotatedAt: instantOut.nullable(),
    formerGoodUntil: instantOut.nullable().meta({ description: 'Until then the key before the rotation works, too.' }),
    lastUsedAt: instantOut.nullable().meta({ description: 'Within a minute.' }),
    expiresAt: instantOut.nullable(),
    revokedAt: instantOut.nullable(),
  })
  .meta({ id: 'ApiKey' })

const keyView = ({ keyHash: _, rotationId: __, ...key }: KeyRow): z.input<typeof keyOut> => ({
  ...key,
  scopes: [...key.scopes],
  createdAt: wireInstant(key.createdAt),
  rotatedAt: wireInstantOrNull(key.rotatedAt),
  formerGoodUntil: wireInstantOrNull(key.formerGoodUntil),
  lastUsedAt: wireInstantOrNull(key.lastUsedAt),
  expiresAt: wireInstantOrNull(key.expiresAt),
  revokedAt: wireInstantOrNull(key.revokedAt),
})

export const keyRoutes = [
  route({
    operation: 'listKeys',
    method: 'GET',
    path: '/keys',
    tag: 'Sign-in',
    summary: 'API keys of the platform',
    description: 'Revoked ones too, the latest first; 500 at most.',
    answer: { status: 200, description: 'Without the keys themselves.', schema: z.object({ items: z.array(keyOut) }) },
    handle: async ({ system }) => ({ items: (await readKeys(system.db)).map(keyView) }),
  }),
  route({
    operation: 'createKey',
    method: 'POST',
    path: '/keys',
    tag: 'Sign-in',
    summary: 'Create an API key',
    description:
      'Asked again under its Idempotency-Key, it is the same key’s row with another key: the first never arrived.',
    body: z.strictObject({
      name: z.string().trim().min(1).max(100).meta({ example: 'billing export' }),
      scopes: z.array(scope).min(1).max(scopes.length),
      expiresAt: instantIn.optional(),
    }),
    answer: { status: 201, description: 'The key.', schema: z.object({ keyId: z.string(), key: shown }) },
    secret: true,
    handle: async ({ system, body, caller, address, createId }) =>
      createKey(system, { ...body, expiresAt: body.expiresAt ?? null }, actorOf(caller, address), createId()),
  }),
  route({
    operation: 'rotateKey',
    method: 'POST',
    path: '/keys/:keyId/rotation',
    tag: 'Sign-in',
    summary: 'Replace an API key',
    description:
      'The key so far works for `graceHours` yet: time to hand the new one to every machine. Asked again under its Idempotency-Key, the new key is another one: the first never arrived.',
    params: ofKey,
    body: z.strictObject({
      graceHours: z
        .int()
        .min(0)
        .max(longestGraceMs / hourMs)
        .default(rotationGraceMs / hourMs),
    }),
    answer: {
      status: 201,
      description: 'The new key.',
      schema: z.object({ keyId: z.string(), key: shown, formerGoodUntil: instantOut }),
    },
    problems: ['not_found'],
    secret: true,
    handle: async ({ system, params, body, caller, address, createId }) => {
      const by = actorOf(caller, address)
      const rotated = await rotateKey(system, params.keyId, by, body.graceHours * hourMs, createId())
      if (rotated === null) throw new Problem('not_found')
      return { ...rotated, formerGoodUntil: wireInstant(rotated.formerGoodUntil) }
    },
  }),
  route({
    operation: 'revokeKey',
    method: 'DELETE',
    path: '/keys/:keyId',
    tag: 'Sign-in',
    summary: 'Revoke an API key',
    description: 'At once, and the one before a rotation with it.',
    params: ofKey,
    answer: { status: 204, description: 'It opens nothing any longer.' },
    problems: ['not_found'],
    handle: async ({ system, params, caller, address }) => {
      if (!(await revoke(system, params.keyId, actorOf(caller, address)))) throw new Problem('not_found')
      return undefined
    },
  }),
]
