import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** GitHub, as far as it is asked: one repository, `acme/shop`; for one test file. @returns its address */
export function startGithub(): () => string {
  const server = createServer(({ url }, response) => {
    const found = { id: 22, name: 'Shop', owner: { id: 11, login: 'Acme' } }
    const isThere = url === '/repos/acme/shop'
    response.writeHead(isThere ? 200 : 404, { 'content-type': 'application/json' })
    response.end(JSON.stringify(isThere ? found : { message: 'Not Found' }))
  })
  beforeAll(async () => {
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })
  return () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
