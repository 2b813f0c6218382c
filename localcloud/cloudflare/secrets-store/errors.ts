import { ApiError } from '../envelope.ts'

/** What the Secrets Store refuses is named by a word. */
const refusal = (status: number, code: number, message: string) => (): ApiError =>
  new ApiError(status, { code, message })

export const noStore = refusal(404, 1001, 'store_not_found')
export const noSecret = refusal(404, 1001, 'secret_not_found')
export const badJson = refusal(400, 1001, 'invalid_json_body')
export const nameEmpty = refusal(400, 1001, 'secret_name_empty')
export const nameInvalid = refusal(400, 1001, 'secret_name_invalid')
export const storeNameEmpty = refusal(400, 1001, 'store_name_empty')
export const scopesEmpty = refusal(400, 1001, 'secret_scopes_empty')
export const scopeInvalid = refusal(400, 1001, 'secret_scope_invalid')
export const valueEmpty = refusal(400, 1001, 'secret_value_empty')
export const valueTooLong = refusal(400, 1001, 'secret_value_too_long')
export const nameTaken = refusal(409, 1003, 'secret_name_already_exists')
export const tooManyStores = refusal(409, 1003, 'maximum_stores_exceeded')
export const tooManySecrets = refusal(409, 1003, 'maximum_secrets_exceeded')
export const notEmpty = refusal(409, 1003, 'store_not_empty')
