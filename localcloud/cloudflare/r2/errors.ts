import { ApiError } from '../envelope.ts'

export const noBucket = (): ApiError =>
  new ApiError(404, { code: 10_006, message: 'The specified bucket does not exist.' })

export const badName = (): ApiError =>
  new ApiError(400, { code: 10_005, message: 'The specified bucket name is not valid.' })

export const bucketExists = (): ApiError =>
  new ApiError(409, { code: 10_004, message: 'The bucket you tried to create already exists, and you own it.' })

export const badJson = (): ApiError =>
  new ApiError(400, { code: 10_040, message: 'The JSON you provided was not well formed.' })

export const badAccessKey = (): ApiError =>
  new ApiError(401, { code: 10_018, message: 'The access key that you named does not exist.' })

export const noKey = (): ApiError => new ApiError(404, { code: 10_007, message: 'The specified key does not exist.' })

export const badKey = (): ApiError =>
  new ApiError(400, { code: 10_020, message: 'The specified object name is not valid.' })

export const tooLarge = (): ApiError =>
  new ApiError(413, { code: 100_100, message: 'Your proposed upload exceeds the maximum allowed object size.' })

export const noCors = (): ApiError =>
  new ApiError(404, { code: 10_059, message: 'The CORS configuration does not exist.' })

export const noDomain = (): ApiError =>
  new ApiError(404, { code: 10_053, message: 'The specified domain was not found.' })

export const domainInUse = (domain: string): ApiError =>
  new ApiError(409, { code: 10_052, message: `The domain ${domain} is already in use.` })

export const noJob = (): ApiError => new ApiError(404, { code: 10_024, message: 'The specified job does not exist.' })

export const badPrefix = (): ApiError =>
  new ApiError(400, { code: 10_020, message: 'A prefix must be empty or end with a slash.' })

export const tooManyJobs = (): ApiError =>
  new ApiError(429, {
    code: 10_058,
    message: 'Too many concurrent prefix delete jobs for this bucket. Please wait for existing jobs to complete.',
  })

export function notEmpty(bucket: string, account: string): ApiError {
  const message = `The bucket you tried to delete (${bucket}) is not empty (account ${account}).`
  return new ApiError(409, { code: 10_008, message })
}

/** @param doing what the notification rules stand in the way of. */
export function hasNotifications(bucket: string, account: string, doing: 'emptying' | 'deleting'): ApiError {
  const message = `Remove all event notification rules from bucket (${bucket}) before ${doing} it (account ${account}).`
  return new ApiError(409, { code: 10_034, message })
}
