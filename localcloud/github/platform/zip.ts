import { crc32, deflateRawSync } from 'node:zlib'

export type ZipEntry = { readonly name: string; readonly bytes: Uint8Array }

/** Packs files into a zip archive, each deflated. */
export function zip(entries: readonly ZipEntry[]): Buffer {
  const local: Buffer[] = []
  const central: Buffer[] = []
  let offset = 0
  for (const { name, bytes } of entries) {
    const path = Buffer.from(name)
    const packed = deflateRawSync(bytes)
    const facts = factsOf(bytes, packed, path)
    const header = Buffer.concat([Buffer.from('PK\u0003\u0004'), facts, path])
    local.push(header, packed)
    central.push(
      Buffer.concat([
        Buffer.from('PK\u0001\u0002\u0014\u0000'),
        facts,
        numbers([0, 2], [0, 2], [0, 2], [0, 4], [offset, 4]),
        path,
      ]),
    )
    offset += header.length + packed.length
  }
  const directory = Buffer.concat(central)
  const count = entries.length
  const end = numbers([0, 2], [0, 2], [count, 2], [count, 2], [directory.length, 4], [offset, 4], [0, 2])
  return Buffer.concat([...local, directory, Buffer.from('PK\u0005\u0006'), end])
}

/** What both headers of an entry say: version, UTF-8 names, deflated, no time, checksum, sizes, length of the name. */
function factsOf(bytes: Uint8Array, packed: Buffer, path: Buffer): Buffer {
  return numbers(
    [20, 2],
    [0x0800, 2],
    [8, 2],
    [0, 2],
    [0x21, 2],
    [crc32(bytes), 4],
    [packed.length, 4],
    [bytes.length, 4],
    [path.length, 2],
    [0, 2],
  )
}

function numbers(...given: readonly (readonly [value: number, size: number])[]): Buffer {
  return Buffer.concat(
    given.map(([value, size]) => {
      const bytes = Buffer.alloc(size)
      bytes.writeUIntLE(value, 0, size)
      return bytes
    }),
  )
}
