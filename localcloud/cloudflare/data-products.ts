import type { Product } from './cloud.ts'
import { d1Product } from './d1/routes.ts'
import { kvProduct } from './kv/routes.ts'

/** The products that keep data. */
export const dataProducts: readonly Product[] = [kvProduct, d1Product]
