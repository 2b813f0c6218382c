import { ApiError } from '../envelope.ts'

export const badBody = (detail: string): ApiError =>
  new ApiError(400, { code: 10_026, message: `Invalid request body: ${detail}` })
export const unknownEvents = (events: readonly string[]): ApiError =>
  new ApiError(400, { code: 0, message: `Unrecognized event types: ${events.join(', ')}` })
export const noQueue = (): ApiError => new ApiError(404, { code: 0, message: 'Queue does not exist' })
export const noSubscription = (): ApiError => new ApiError(404, { code: 0, message: 'No subscription with this ID' })
export const taken = (source: string): ApiError =>
  new ApiError(405, { code: 0, message: `Sources of type '${source}' do not support multiple subscriptions` })
