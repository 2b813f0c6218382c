import { requestId } from 'hono/request-id'
import { secureHeaders } from 'hono/secure-headers'
import packageJson from '../package.json' with { type: 'json' }
import { docsPage, docsScript } from './docs-page.ts'
import { nothingHere, told } from './failures.ts'
import { authentication } from './features/access/authentication.ts'
import { countRefusals, exchanges } from './features/access/exchange-routes.ts'
import { access } from './features/access/routes.ts'
import { auditRefusals } from './features/audit/act.ts'
import { audit } from './features/audit/routes.ts'
import { deployments } from './features/deployments/routes.ts'
import { contents } from './features/flows/content-routes.ts'
import { flows } from './features/flows/routes.ts'
import { leases } from './features/leases/routes.ts'
import { why } from './features/links/routes.ts'
import { health } from './features/overview/health.ts'
import { overview } from './features/overview/routes.ts'
import { policies } from './features/policies/routes.ts'
import { repositories } from './features/repositories/routes.ts'
import { resources } from './features/resources/routes.ts'
import { backend } from './features/states/backend.ts'
import { states } from './features/states/routes.ts'
import { stateTokens } from './features/states/token-routes.ts'
import { logs } from './features/tails/log-routes.ts'
import { liveLogs, livePath, ticketsPath } from './features/tails/routes.ts'
import { api } from './platform/api.ts'
import { bounded } from './platform/body.ts'

/** All that may be called without credentials. `/docs/` holds only the reference page's own files. */
const exchangePath = '/api/access/github-oidc'
const publicPaths = ['/', '/docs', '/api/health', '/api/openapi.json', exchangePath]
/** A live log proves who asks by itself. */
const publicFolders = ['/docs/', livePath]
const isPublic = (path: string) => publicPaths.includes(path) || publicFolders.some((one) => path.startsWith(one))

/** What reads its own body, with a limit of its own: output and plans of recorded runs. */
const isLarge = (path: string) => /^\/api\/deployments\/[^/]+\/(?:events|plan)$/.test(path)

/** What any other JSON request may be; the state backend sets its own limit. */
const jsonLimit = { bytes: 64_000, idleMs: 30_000, totalMs: 60_000 }
/** A megabyte of code, and as much again that JSON puts before its quotes and line ends. */
const contentLimit = { ...jsonLimit, bytes: 2_500_000 }
const limitOf = (path: string) => (path === '/flows/deploy-content' ? contentLimit : jsonLimit)

const root = api()
root.onError(told)
root.notFound(nothingHere)

root.use(requestId({ limitLength: 100 }))
root.use(
  secureHeaders({
    xFrameOptions: 'DENY',
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:'],
      connectSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
  }),
)
root.use(authentication(isPublic))
for (const path of ['/api/*', '/state/*', '/flows/*', ticketsPath]) root.use(path, auditRefusals)
root.use(exchangePath, countRefusals)
for (const path of ['/api/*', '/flows/*', ticketsPath]) {
  root.use(path, async (c, next) => {
    if (!isLarge(c.req.path)) c.req.raw = await bounded(c.req.raw, limitOf(c.req.path))
    await next()
  })
}

root.openAPIRegistry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' })
root.openAPIRegistry.registerComponent('securitySchemes', 'basic', { type: 'http', scheme: 'basic' })

export const app = root
  .route('/', health)
  .route('/', backend)
  .route('/', states)
  .route('/', stateTokens)
  .route('/', access)
  .route('/', exchanges)
  .route('/', audit)
  .route('/', deployments)
  .route('/', resources)
  .route('/', repositories)
  .route('/', overview)
  .route('/', why)
  .route('/', policies)
  .route('/', flows)
  .route('/', contents)
  .route('/', leases)
  .route('/', logs)
  .route('/', liveLogs)
export type App = typeof app

app.get('/', (c) => c.redirect('/docs'))
app.get('/docs', (c) => c.html(docsPage))
app.get('/docs/start.js', (c) => c.body(docsScript, 200, { 'content-type': 'text/javascript' }))
app.get('/docs/*', async (c) => {
  const asset = await c.env.ASSETS.fetch(c.req.raw)
  return new Response(asset.body, asset)
})
app.doc31('/api/openapi.json', {
  openapi: '3.1.0',
  info: {
    title: 'Throughline',
    version: packageJson.version,
    description: 'Everything between an idea and a running resource: recorded, linked, explained.',
    license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
  },
  servers: [{ url: '/' }],
  security: [{ bearer: [] }, { basic: [] }],
})
