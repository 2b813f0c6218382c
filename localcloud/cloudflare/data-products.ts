import { analyticsProduct } from './analytics/routes.ts'
import { auditProduct } from './audit/routes.ts'
import { buildsProduct } from './builds/routes.ts'
import type { Product } from './cloud.ts'
import { d1Product } from './d1/routes.ts'
import { dispatchProduct } from './dispatch/routes.ts'
import { kvProduct } from './kv/routes.ts'
import { observabilityProduct } from './observability/routes.ts'
import { pagesProduct } from './pages/routes.ts'
import { queuesProduct } from './queues/api/routes.ts'
import { r2Product } from './r2/routes.ts'
import { secretsStoreProduct } from './secrets-store/routes.ts'
import { subscriptionsProduct } from './subscriptions/routes.ts'
import { workflowsProduct } from './workflows/routes.ts'
import { zonesProduct } from './zones/routes.ts'

/** The products that keep data. */
export const dataProducts: readonly Product[] = [
  kvProduct,
  d1Product,
  r2Product,
  queuesProduct,
  secretsStoreProduct,
  workflowsProduct,
  zonesProduct,
  dispatchProduct,
  pagesProduct,
  subscriptionsProduct,
  auditProduct,
  buildsProduct,
  observabilityProduct,
  analyticsProduct,
]
