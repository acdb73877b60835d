/** The API's own description, as the checked-in `openapi.json` has it, for tests that go through every operation. */
import { readFileSync } from 'node:fs'
import type { Operation } from '../../src/domain/access.ts'
import { openapiFile } from './openapi-file.ts'

export interface JsonSchema {
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly $ref?: string
  readonly example?: unknown
  readonly examples?: readonly unknown[]
  readonly const?: unknown
  readonly format?: string
}

export interface Described {
  readonly operation: Operation
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** With `{name}` for each parameter. */
  readonly path: string
  readonly parameters: readonly { readonly name: string; readonly in: 'path' | 'query'; readonly schema: JsonSchema }[]
  /** Of a JSON body; null for none, or one that is not JSON. */
  readonly body: JsonSchema | null
  readonly mediaTypes: readonly string[]
  /** The problem codes it says it may answer. */
  readonly problems: readonly string[]
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, RawOperation>>>>
  readonly components?: { readonly schemas?: Readonly<Record<string, JsonSchema>> }
}
interface RawOperation {
  readonly operationId: Operation
  readonly parameters?: Described['parameters']
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: JsonSchema }>> }
  readonly responses: Readonly<Record<string, { readonly description?: string }>>
}

// Our own file, written by `npm run openapi`.
const document = JSON.parse(readFileSync(openapiFile, 'utf8')) as Document

export const operations: readonly Described[] = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, raw]) => describe(path, method, raw)),
)

function describe(path: string, method: string, raw: RawOperation): Described {
  const content = raw.requestBody?.content ?? {}
  return {
    operation: raw.operationId,
    method: method.toUpperCase() as Described['method'], // what the document's own keys are
    path,
    parameters: raw.parameters ?? [],
    body: content['application/json']?.schema ?? null,
    mediaTypes: Object.keys(content),
    problems: Object.values(raw.responses).flatMap(({ description = '' }) =>
      [...description.matchAll(/`([a-z_]+)`: /g)].map((match) => match[1] ?? ''),
    ),
  }
}

/** A value that the schema takes, as plain as can be. */
export function exampleOf(schema: JsonSchema): unknown {
  if (schema.$ref) return exampleOf(document.components?.schemas?.[schema.$ref.split('/').at(-1) ?? ''] ?? {})
  if (schema.const !== undefined) return schema.const
  if (schema.example !== undefined) return schema.example
  if (schema.examples?.length) return schema.examples[0]
  if (schema.enum) return schema.enum[0]
  const choice = schema.anyOf?.[0] ?? schema.oneOf?.[0]
  if (choice) return exampleOf(choice)
  if (schema.properties)
    return Object.fromEntries(Object.entries(schema.properties).map(([name, of]) => [name, exampleOf(of)]))
  if (schema.items) return [exampleOf(schema.items)]
  if (schema.format === 'date') return '2027-03-31'
  if (schema.format === 'date-time') return '2027-03-31T00:00:00Z'
  if (schema.format === 'email') return 'someone@example.com'
  return { integer: 1, number: 1, boolean: true, string: 'text' }[schema.type ?? ''] ?? null
}

export const fillPath = (path: string, values: Readonly<Record<string, string>>): string =>
  path.replace(/\{(\w+)\}/g, (_whole, name: string) => encodeURIComponent(values[name] ?? 'missing'))
