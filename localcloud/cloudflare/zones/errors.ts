import { ApiError } from '../envelope.ts'

const refusal = (status: number, code: number, message: string): ApiError => new ApiError(status, { code, message })

export const noZone = (): ApiError => refusal(404, 1001, 'Invalid zone identifier')
export const badZone = (detail: string): ApiError => refusal(400, 1002, `Invalid zone: ${detail}`)
export const badZoneName = (name: string): ApiError => refusal(400, 1099, `${name} is not a valid zone name`)
export const zoneExists = (name: string): ApiError => refusal(400, 1061, `${name} already exists`)

export const noRecord = (): ApiError => refusal(404, 81_044, 'Record does not exist.')
export const sameRecord = (): ApiError => refusal(400, 81_058, 'An identical record already exists.')
export const hostTaken = (): ApiError =>
  refusal(400, 81_053, 'An A, AAAA, or CNAME record with that host already exists.')
export const badContent = (type: string, wanted: string): ApiError =>
  refusal(400, 9005, `Content for ${type} record must be ${wanted}.`)
export const badRecord = (detail: string): ApiError => refusal(400, 9207, `Request body is invalid: ${detail}`)
export const badTtl = (): ApiError =>
  refusal(400, 9021, 'Invalid TTL. Must be between 60 and 86400 seconds, or 1 for Automatic.')
export const notProxiable = (type: string): ApiError =>
  refusal(400, 9004, `This record type cannot be proxied: ${type}.`)

export const noRoute = (): ApiError => refusal(404, 10_009, 'Route not found')
export const routeTaken = (): ApiError => refusal(409, 10_020, 'A route with the same pattern already exists')
export const badPattern = (pattern: string): ApiError =>
  refusal(400, 10_022, `Could not understand route pattern [${pattern}], please try a different pattern`)
export const foreignPattern = (zone: string): ApiError =>
  refusal(400, 10_022, `Route pattern must include zone name: ${zone}`)
export const noRouteScript = (script: string): ApiError =>
  refusal(404, 10_019, `workers.api.error.script_not_found: ${script}`)

export const noDomain = (): ApiError => refusal(404, 100_114, 'workers.api.error.domain_not_found')
export const hostnameTaken = (hostname: string): ApiError =>
  refusal(409, 100_116, `Hostname '${hostname}' is already in use by another Worker`)
export const noZoneFor = (hostname: string): ApiError =>
  refusal(400, 100_117, `Hostname '${hostname}' does not belong to a zone of this account`)
export const badDomain = (detail: string): ApiError => refusal(400, 100_115, `Invalid domain: ${detail}`)
export const noWorker = (): ApiError => refusal(404, 10_007, 'This Worker does not exist on your account.')
