import { FrameReader, frame, opcodes } from './frames.ts'

function masked(opcode: number, text: string): Buffer {
  const payload = Buffer.from(text)
  const mask = Buffer.from([1, 2, 3, 4])
  const hidden = payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0))
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length]), mask, hidden])
}

describe('frames', () => {
  test('are read with a mask and without one, in whatever pieces they come', () => {
    const reader = new FrameReader()
    const bytes = Buffer.concat([
      frame(opcodes.text, Buffer.from('{"debug":false}')),
      masked(opcodes.ping, 'wrangler tail ping'),
    ])
    const read = [...bytes].flatMap((byte) => reader.read(Buffer.from([byte])))
    expect(read.map(({ opcode, payload }) => [opcode, payload.toString()])).toEqual([
      [opcodes.text, '{"debug":false}'],
      [opcodes.ping, 'wrangler tail ping'],
    ])
  })

  test('of every length come back whole', () => {
    for (const length of [0, 125, 126, 65_535, 65_536, 300_000]) {
      const [read] = new FrameReader().read(frame(opcodes.text, Buffer.alloc(length, 7)))
      expect(read?.payload.length).toBe(length)
    }
  })

  test('that pretend to be endless are refused', () => {
    const head = Buffer.from([0x81, 127, 0, 0, 0, 1, 0, 0, 0, 0])
    expect(() => new FrameReader().read(head)).toThrow('too long')
  })
})
