import { ApiError } from '../envelope.ts'

const quota = 1200
const windowMs = 300_000

type Window = { from: number; used: number }

/** 1,200 calls in five minutes for each token; whoever asks for more is refused until five minutes have passed. */
export class RateLimit {
  readonly #windows = new Map<string, Window>()
  enforced: boolean

  constructor(enforced: boolean) {
    this.enforced = enforced
  }

  /** Counts a call and returns the headers that say what is left: without the limit always all of it. */
  count(key: string, at: number): Record<string, string> {
    if (!this.enforced) return this.#headers(quota, { from: at, used: 0 }, at)
    const known = this.#windows.get(key)
    const window = known && at - known.from < windowMs ? known : { from: at, used: 0 }
    if (window.used >= quota) {
      // The first call too many begins the lock-out: everything is refused for five minutes from then.
      if (window.used === quota) Object.assign(window, { from: at, used: quota + 1 })
      this.#windows.set(key, window)
      throw this.#refusal(window, at)
    }
    window.used += 1
    this.#windows.set(key, window)
    return this.#headers(Math.max(0, quota - window.used), window, at)
  }

  clear(): void {
    this.#windows.clear()
  }

  #refusal(window: Window, at: number): ApiError {
    const message = 'Please wait and consider throttling your request speed'
    const headers = { ...this.#headers(0, window, at), 'retry-after': String(secondsLeft(window, at)) }
    return new ApiError(429, { code: 971, message }, headers)
  }

  #headers(left: number, window: Window, at: number): Record<string, string> {
    return {
      ratelimit: `"default";r=${left};t=${secondsLeft(window, at)}`,
      'ratelimit-policy': `"default";q=${quota};w=${windowMs / 1000}`,
    }
  }
}

function secondsLeft({ from }: Window, at: number): number {
  return Math.max(1, Math.ceil((from + windowMs - at) / 1000))
}
