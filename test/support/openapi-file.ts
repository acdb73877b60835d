/** Where the API's checked-in description is. */
import { join } from 'node:path'

export const openapiFile = join(import.meta.dirname, '..', '..', 'openapi.json')
