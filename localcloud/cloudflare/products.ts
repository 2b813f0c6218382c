import type { Product } from './cloud.ts'
import { dataProducts } from './data-products.ts'
import { identityProduct } from './identity/routes.ts'
import { resourceTables } from './runtime/resources.ts'
import { scriptProduct } from './scripts/product.ts'

/** Everything that this account offers. A new product is one line here. */
export const products: readonly Product[] = [
  identityProduct,
  { tables: resourceTables },
  scriptProduct,
  ...dataProducts,
]
