/**
 * Does again what Miniflare's way into the runtime lost the reply of: on a busy machine it may, and tells by an
 * assertion. What was done by then stands, so the work must be one that may be done twice.
 */
export async function despiteLostReplies<Value>(work: () => Promise<Value>, tries = 3): Promise<Value> {
  try {
    return await work()
  } catch (error) {
    const isLostReply = error instanceof Error && 'code' in error && error.code === 'ERR_ASSERTION'
    if (!isLostReply || tries <= 1) throw error
    return despiteLostReplies(work, tries - 1)
  }
}
