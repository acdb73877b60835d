/** `npm run openapi`: writes what the routes say of themselves to `openapi.json`. */
import { writeFileSync } from 'node:fs'
import { describeApi } from './describe-api.ts'
import { openapiFile } from './openapi-file.ts'

writeFileSync(openapiFile, await describeApi())
