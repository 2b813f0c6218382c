import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import type { BrowserContext, Page } from 'playwright-core'
import { browsers, findProgram } from '../../scripts/checks/suites.ts'
import { owner, startServers } from '../server/server.ts'
import type { Server } from '../server/server.ts'

const { start } = startServers()
let profile: string
let context: BrowserContext
beforeEach(async () => {
  profile = mkdtempSync(join(tmpdir(), 'throughline-browser-'))
  context = await chromium.launchPersistentContext(profile, {
    executablePath: findProgram(process.env['PATH'] ?? '', browsers) ?? browsers[0],
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
    viewport: { width: 1280, height: 900 },
  })
  context.setDefaultTimeout(10_000)
})
afterEach(async () => {
  await context.close()
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
})

/** What the browser complains of, and what it asks of anybody but the server. */
function complaintsOf(page: Page, server: Server): string[] {
  const complaints: string[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => complaints.push(`thrown: ${error.message}`))
  page.on('requestfailed', (request) => complaints.push(`failed: ${request.url()}`))
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url())
    if (origin !== server.url && protocol !== 'data:') complaints.push(`foreign: ${request.url()}`)
  })
  return complaints
}

type Document = { paths: Record<string, Record<string, { operationId?: string; tags?: string[] }>> }

/** Method and path of each operation of the API's description, sorted. */
async function operations(server: Server): Promise<string[]> {
  const { paths } = (await (await server.call('/api/openapi.json', null)).json()) as Document
  return Object.entries(paths)
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`))
    .toSorted()
}

async function open(server: Server): Promise<{ page: Page; complaints: string[] }> {
  const page = await context.newPage()
  const complaints = complaintsOf(page, server)
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      console.error(`policy: ${violatedDirective} ${blockedURI}`),
    )
  })
  await page.goto(`${server.url}/`)
  await page.locator('.opblock').first().waitFor()
  return { page, complaints }
}

test('shows every operation, and asks nobody but the server', async () => {
  const server = await (await start({ CLIENT_AUTH_TOKEN: owner })).ready()
  const { page, complaints } = await open(server)
  const shown = await page.locator('.opblock').evaluateAll((blocks) =>
    blocks.map((block) => {
      const method = block.querySelector('.opblock-summary-method')?.textContent
      return `${method} ${block.querySelector('.opblock-summary-path')?.getAttribute('data-path')}`
    }),
  )
  expect(new URL(page.url()).pathname).toBe('/docs')
  expect(shown.toSorted()).toEqual(await operations(server))
  expect(complaints).toEqual([])
})

test('calls the API with a token', async () => {
  const server = await (await start({ CLIENT_AUTH_TOKEN: owner })).ready()
  const { page, complaints } = await open(server)
  await page.getByRole('button', { name: 'Authorize' }).first().click()
  const dialog = page.locator('.dialog-ux .auth-container').filter({ hasText: 'bearer' }).first()
  await dialog.locator('input').first().fill(owner)
  await dialog.getByRole('button', { name: 'Apply credentials' }).first().click()
  await page.locator('.dialog-ux .btn-done').first().click()
  const operation = page.locator('.opblock').filter({ has: page.locator('[data-path="/api/states"]') })
  await operation.locator('.opblock-summary-control').click()
  await operation.getByRole('button', { name: 'Try it out' }).click()
  await operation.getByRole('button', { name: 'Execute' }).click()
  const answer = operation.locator('.live-responses-table')
  await answer.locator('.response-col_status', { hasText: '200' }).waitFor()
  expect(await answer.locator('.response-col_description').last().innerText()).toContain('"states": []')
  expect(complaints).toEqual([])
})
