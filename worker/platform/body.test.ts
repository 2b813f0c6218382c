import { limitedPieces } from './body.ts'
import { Problem } from './problem.ts'

/** A body that sends `size` bytes every `pause` milliseconds, `times` times, and then nothing more without an end. */
function endless(size: number, pause: number, times = Infinity): ReadableStream<Uint8Array> {
  let sent = 0
  return new ReadableStream({
    type: 'bytes',
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, pause))
      sent += 1
      if (sent > times) await new Promise(() => undefined)
      controller.enqueue(new Uint8Array(size))
    },
  })
}

/** How reading a body ends: the bytes read, or the kind of its refusal. */
async function outcome(body: ReadableStream<Uint8Array>, bytes: number): Promise<number | string> {
  let seen = 0
  try {
    for await (const piece of limitedPieces(body, { bytes, idleMs: 100, totalMs: 400 })) seen += piece.byteLength
    return seen
  } catch (error) {
    return error instanceof Problem ? error.kind : String(error)
  }
}

test.each([
  ['pauses for too long', endless(10, 0, 3), 1000, 'timeout'],
  ['trickles without an end', endless(1, 20), 1000, 'timeout'],
  ['floods without an end', endless(1_000_000, 0), 1000, 'too-large'],
])('a body that %s is cut off', async (_, body, bytes, kind) => {
  expect(await outcome(body, bytes)).toBe(kind)
})

test('a body within its limits is read whole', async () => {
  const body = new Blob(['x'.repeat(200_000)]).stream()
  expect(await outcome(body, 200_000)).toBe(200_000)
})
