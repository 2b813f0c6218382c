import { ApiError } from '../../envelope.ts'

export const noQueue = (): ApiError => new ApiError(404, { code: 11_000, message: 'Queue not found' })

export const badQueueId = (): ApiError => new ApiError(400, { code: 10_107, message: 'Invalid queue id' })

export const nameTaken = (name: string): ApiError =>
  new ApiError(409, {
    code: 11_009,
    message: `Queue name '${name}' is already taken. Please use a different name and try again.`,
  })

export const badName = (name: string): ApiError =>
  new ApiError(400, {
    code: 11_003,
    message: `Queue name '${name}' is invalid: it must consist of lowercase letters, digits and dashes, begin and end with a letter or digit, and have at most 63 characters.`,
  })

export const badBody = (detail: string): ApiError =>
  new ApiError(400, { code: 10_026, message: `Invalid request body: ${detail}` })

export const badMessage = (detail: string): ApiError =>
  new ApiError(400, { code: 10_207, message: `Invalid message body: ${detail}` })

export const tooLarge = (bytes: number): ApiError =>
  new ApiError(413, { code: 10_207, message: `Message length of ${bytes} bytes exceeds limit of 128000.` })

export const hasConsumer = (name: string): ApiError =>
  new ApiError(400, { code: 11_004, message: `Queue '${name}' already has a consumer.` })

export const noConsumer = (): ApiError => new ApiError(404, { code: 11_006, message: 'Consumer not found' })

export const noPullConsumer = (): ApiError =>
  new ApiError(405, { code: 10_105, message: 'Queue does not have an HTTP pull consumer' })

export const noWorker = (): ApiError =>
  new ApiError(404, { code: 10_007, message: 'This Worker does not exist on your account.' })

export const noHandler = (): ApiError =>
  new ApiError(400, {
    code: 11_001,
    message:
      'Queue handler is missing. Please see our docs for more information about creating handlers: https://developers.cloudflare.com/queues/configuration/javascript-apis/#consumer.',
  })

export const inUse = (name: string): ApiError =>
  new ApiError(409, { code: 11_017, message: `Queue '${name}' is in use by an event notification rule` })
