import { createHash } from 'node:crypto'

/** A Terraform state, as much of it as a size needs. */
export type Shape = {
  readonly lineage: string
  readonly serial: number
  readonly resources: number
  readonly attributes: (index: number) => Record<string, unknown>
}

const provider = 'provider["registry.terraform.io/cloudflare/cloudflare"]'

/** A state of format 4 in pieces of one resource each, so that a large one never stands in memory whole. */
export function* statePieces({ lineage, serial, resources, attributes }: Shape): Generator<string> {
  yield `{"version":4,"terraform_version":"1.11.4","serial":${serial},"lineage":"${lineage}","outputs":{},"resources":[\n`
  for (let index = 0; index < resources; index++) {
    const instance = { schema_version: 0, attributes: attributes(index), sensitive_attributes: [], dependencies: [] }
    const name = `record_${index}`
    const block = { mode: 'managed', type: 'cloudflare_dns_record', name, provider, instances: [instance] }
    yield `${index === 0 ? '' : ',\n'}${JSON.stringify(block)}`
  }
  yield '],"check_results":null}\n'
}

/** Attributes as a provider writes them, about 700 bytes; `revision` is what an apply changes. */
export function record(index: number, revision: number): Record<string, unknown> {
  const id = createHash('md5').update(`record ${index}`).digest('hex')
  const zone = createHash('md5').update('zone').digest('hex')
  return {
    id,
    zone_id: zone,
    name: `service-${index}.example.com`,
    type: 'CNAME',
    content: `${id.slice(0, 12)}.workers.example.com`,
    comment: `revision ${revision}`,
    ttl: 300,
    priority: null,
    proxied: true,
    proxiable: true,
    settings: { flatten_cname: false, ipv4_only: null, ipv6_only: null },
    tags: ['owner:platform', `service:${index}`, 'environment:production'],
    meta: JSON.stringify({ auto_added: false, managed_by_apps: false, managed_by_argo_tunnel: false }),
    created_on: '2026-03-01T08:00:00Z',
    modified_on: '2026-03-01T08:00:00Z',
    comment_modified_on: null,
    tags_modified_on: '2026-03-01T08:00:00Z',
    timeouts: null,
  }
}

/** A state of about 85 KB: 97 resources, one of which each serial changes. */
export function smallState(serial: number): string {
  const resources = 97
  const last = (index: number) => serial - ((((serial - index) % resources) + resources) % resources)
  const attributes = (index: number) => record(index, Math.max(0, last(index)))
  return [...statePieces({ lineage: 'bench-of-85-kilobytes', serial, resources, attributes })].join('')
}
