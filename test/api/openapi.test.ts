/** The reference is what the routes say, whole, and valid. */
import { readFileSync } from 'node:fs'
import { Validator } from '@seriousme/openapi-schema-validator'
import { expect, test } from 'vitest'
import { access } from '../../src/domain/access.ts'
import { describeApi } from '../support/describe-api.ts'
import { operations } from '../support/openapi.ts'
import { openapiFile } from '../support/openapi-file.ts'

test('openapi.json is what the routes say (npm run openapi writes it)', async () => {
  expect(readFileSync(openapiFile, 'utf8')).toBe(await describeApi())
})

test('it is valid OpenAPI 3.1', async () => {
  const { valid, errors } = await new Validator().validate(JSON.parse(readFileSync(openapiFile, 'utf8')))
  expect(errors).toBeUndefined()
  expect(valid).toBe(true)
})

test('every operation that access is decided for is served, and no other', () => {
  expect(operations.map(({ operation }) => operation).sort()).toEqual(Object.keys(access).sort())
})

test('every operation says what it is, and what may go wrong', () => {
  const document = JSON.parse(readFileSync(openapiFile, 'utf8')) as {
    paths: Record<
      string,
      Record<string, { operationId: string; summary?: string; description?: string; tags?: string[] }>
    >
  }
  for (const methods of Object.values(document.paths)) {
    for (const { operationId, summary, description, tags } of Object.values(methods)) {
      expect({ operationId, said: Boolean(summary && description && tags?.length) }).toEqual({
        operationId,
        said: true,
      })
    }
  }
  for (const { operation, problems } of operations)
    expect({ operation, problems }).toMatchObject({ problems: expect.arrayContaining(['invalid_request', 'internal']) })
})
