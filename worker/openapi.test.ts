import { createConfig, lintFromString } from '@redocly/openapi-core'
import { startWorker } from './testing.ts'

const worker = startWorker()

test('the OpenAPI document passes a linter', async () => {
  const source = await (await worker.fetch('/api/openapi.json', { token: null })).text()
  const config = await createConfig({ extends: ['recommended'] })
  const problems = await lintFromString({ source, config })
  expect(problems.map(({ severity, message, location }) => `${severity}: ${message} ${location[0]?.pointer}`)).toEqual(
    [],
  )
})

test('the reference page is served whole, by this server alone', async () => {
  expect((await worker.fetch('/', { token: null, redirect: 'manual' })).headers.get('location')).toBe('/docs')
  const page = await (await worker.fetch('/docs', { token: null })).text()
  const files = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, file = '']) => file)
  expect(files).toHaveLength(3)
  for (const file of files) {
    const served = await worker.fetch(file, { token: null })
    expect([file, served.status]).toEqual([file, 200])
    await served.arrayBuffer()
  }
  expect(page).not.toMatch(/https?:/)
})

test('every guarded operation tells what every one of them may answer', async () => {
  const { paths } = (await (await worker.fetch('/api/openapi.json')).json()) as {
    paths: Record<string, Record<string, { security?: unknown[]; responses: Record<string, unknown> }>>
  }
  const guarded = Object.values(paths)
    .flatMap((path) => Object.values(path))
    .filter(({ security }) => security === undefined)
  expect(guarded.length).toBeGreaterThan(15)
  for (const { responses } of guarded)
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['400', '401', '403', '429']))
})
