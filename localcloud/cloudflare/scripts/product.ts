import type { Api, Cloud, Product } from '../cloud.ts'
import { assetRoutes } from './asset-routes.ts'
import { scriptRoutes } from './script-routes.ts'
import { secretRoutes } from './secret-routes.ts'
import { serviceRoutes } from './service-routes.ts'
import { settingsRoutes } from './settings-routes.ts'
import { subdomainRoutes } from './subdomain-routes.ts'
import { scriptTables } from './tables.ts'
import { tailRoutes } from './tail-routes.ts'
import { versionRoutes } from './version-routes.ts'
import { workerRoutes } from './worker-routes.ts'

/** Scripts, in the three ways in which clients speak of them. */
export const scriptProduct: Product = { tables: scriptTables, routes }

function routes(api: Api, cloud: Cloud): void {
  scriptRoutes(api, cloud)
  settingsRoutes(api, cloud)
  secretRoutes(api, cloud)
  versionRoutes(api, cloud)
  serviceRoutes(api, cloud)
  subdomainRoutes(api, cloud)
  assetRoutes(api, cloud)
  workerRoutes(api, cloud)
  tailRoutes(api, cloud)
}
