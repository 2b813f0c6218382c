import { ApiError } from '../envelope.ts'

/** What Workflows refuses is named by a path of words. */
const refusal = (status: number, code: number, name: string) => (): ApiError =>
  new ApiError(status, { code, message: `workflows.api.error.${name}` })

export const noWorkflow = refusal(404, 10_200, 'workflow.not_found')
export const noVersion = refusal(404, 10_300, 'version.not_found')
export const noInstance = refusal(404, 10_400, 'instance.not_found')
export const instanceExists = refusal(409, 10_405, 'instance.already_exists')
export const cannotTerminate = refusal(409, 10_401, 'instance.cannot_terminate')
export const cannotChange = refusal(409, 10_402, 'instance.cannot_change_status')
export const badBody = refusal(400, 10_002, 'invalid_body')
/** What the real service answers when the script does not exist, or lacks the class. */
export const noScript = refusal(500, 10_001, 'internal_server')
