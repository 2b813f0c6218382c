import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { startWorld } from './world.ts'

const world = startWorld()
const planned = 'resource "terraform_data" "one" { input = "one" }'

type Report = {
  deployment: { id: string; url: string } | null
  plan: { digest: string; record: { resource_changes: { address: string }[] } } | null
}

function reportIn(folder: string): Report {
  return JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as Report
}

test('whoever started a run is told what was recorded, with the digest that the server has', async () => {
  const place = await world.place(planned, 'told')
  const { code } = await place.record(['plan', '-detailed-exitcode'], { THROUGHLINE_REPORT: 'report.json' })
  const { deployment, plan } = reportIn(place.folder)
  expect(code).toBe(2)
  expect(statSync(join(place.folder, 'report.json')).mode & 0o777).toBe(0o600)
  expect(deployment?.url).toBe(`${world.url()}/api/deployments/${deployment?.id}`)
  expect(plan?.record.resource_changes.map(({ address }) => address)).toEqual(['terraform_data.one'])
  const shown = await world.worker.fetch(`/api/deployments/${deployment?.id}`)
  const { operations } = (await shown.json()) as { operations: { plan: { digest: string } | null }[] }
  expect(operations.map((each) => each.plan?.digest)).toEqual([plan?.digest])
})

test('a report without a plan says so, and one that cannot be written changes nothing for terraform', async () => {
  const place = await world.place('resource "terraform_data" "one" { input = var.missing }', 'untold')
  const failed = await place.record(['plan'], { THROUGHLINE_REPORT: 'report.json' })
  expect([failed.code, reportIn(place.folder).plan]).toEqual([1, null])
  const nowhere = await place.record(['plan'], { THROUGHLINE_REPORT: 'nowhere/report.json' })
  expect(nowhere.code).toBe(1)
  expect(nowhere.err).toContain('Throughline: THROUGHLINE_REPORT cannot be written: ENOENT')
  expect(nowhere.err.trimEnd().split('\n').at(-1)).toMatch(/^Throughline: deploy-/)
})
