import { ApiError } from '../envelope.ts'

const refusal = (status: number, code: number, message: string): ApiError => new ApiError(status, { code, message })

export const badBody = (detail: string): ApiError => refusal(400, 8_000_000, `The request body is invalid: ${detail}`)
export const badName = (): ApiError =>
  refusal(
    400,
    8_000_000,
    'Project names may only contain lowercase letters, numbers, and dashes, and must not begin or end with a dash.',
  )
export const nameTaken = (): ApiError =>
  refusal(409, 8_000_002, 'A project with this name already exists. Choose a different project name.')
export const noProject = (): ApiError =>
  refusal(404, 8_000_007, 'Project not found. The specified project name does not match any of your existing projects.')
export const noDeployment = (): ApiError =>
  refusal(
    404,
    8_000_009,
    'The deployment ID you have specified does not exist. Update the deployment ID and try again.',
  )
export const isActive = (): ApiError =>
  refusal(400, 8_000_034, 'This is an active production deployment and cannot be deleted.')
export const badPage = (): ApiError =>
  refusal(400, 8_000_024, 'Invalid list options provided. Review the `page` or `per_page` parameter.')
export const unauthorized = (): ApiError => refusal(401, 8_000_013, 'Authorization failed')
export const noManifest = (): ApiError =>
  refusal(400, 8_000_096, 'A "manifest" field was expected in the request body but was not provided.')
export const filesMissing = (hash: string): ApiError =>
  refusal(400, 8_000_097, `The manifest names a file that has not been uploaded: ${hash}`)
export const domainTaken = (): ApiError => refusal(409, 8_000_018, 'You have already added this custom domain.')
export const noDomain = (): ApiError => refusal(404, 8_000_021, 'The domain you have requested does not exist.')
export const hasDomains = (): ApiError =>
  refusal(400, 8_000_028, 'Remove all custom domains of this project before you delete it.')
export const notConnected = (): ApiError =>
  refusal(400, 8_000_011, 'This project is not connected to a Git repository.')
export const notInstalled = (): ApiError =>
  refusal(
    400,
    8_000_011,
    'There is an internal issue with your Cloudflare Pages Git installation. If this issue persists after reinstalling your installation, contact support.',
  )
