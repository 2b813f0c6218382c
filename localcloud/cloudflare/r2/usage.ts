import type { Cloud } from '../cloud.ts'

/** How much a bucket holds now. */
export type Usage = { readonly objectCount: number; readonly payloadSize: number; readonly metadataSize: number }

/** Counts a bucket's objects, page by page. */
export async function usageOf({ runtime }: Cloud, bucket: string): Promise<Usage> {
  let usage = { objectCount: 0, payloadSize: 0, metadataSize: 0 }
  for (let cursor: string | undefined, more = true; more;) {
    const page = await runtime.storage.objects(bucket, { limit: 1000, ...(cursor ? { cursor } : {}) })
    usage = page.objects.reduce(
      (sum, { key, size }) => ({
        objectCount: sum.objectCount + 1,
        payloadSize: sum.payloadSize + size,
        metadataSize: sum.metadataSize + Buffer.byteLength(key),
      }),
      usage,
    )
    more = page.truncated
    cursor = page.truncated ? page.cursor : undefined
  }
  return usage
}
