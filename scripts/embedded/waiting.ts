const { wait } = Atomics

/**
 * Makes `Atomics.wait` on an `Int32Array` without a timeout return only once the value is another. Miniflare takes the
 * first return for the reply. The notification of the call before may come late, after the next call has begun to
 * wait, which then reads a reply that is not there; and from there on each call reads the reply of the one before.
 */
export function waitForValues(): void {
  Object.assign(Atomics, { wait: patiently })
}

function patiently(array: Int32Array, index: number, value: number, timeout?: number): ReturnType<typeof wait> {
  const woken = wait(array, index, value, timeout)
  const isEarly = timeout === undefined && woken === 'ok' && Atomics.load(array, index) === value
  return isEarly ? patiently(array, index, value) : woken
}
