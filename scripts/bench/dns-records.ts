import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { demandsOf } from '../../localcloud/terraform/folder.ts'
import { startStandIn } from '../../localcloud/terraform/stand-in.ts'
import type { LocalAccount } from './cloud-account.ts'
import { repository } from './server.ts'
import type { Configuration } from './terraform-folder.ts'

/** A configuration with its provider, which runs until it is stopped. */
type Records = { readonly configured: Configuration; readonly env: Record<string, string>; readonly stop: () => void }

/** DNS records of a zone on the local account, each of which changes with the revision. */
export async function dnsRecords(path: string, zone: string, count: number, account: LocalAccount): Promise<Records> {
  const configured = configurationOf(path, zone, count)
  await mkdir(path, { recursive: true })
  await writeFile(join(path, configured.file), configured.text)
  const cloud = account.providerEnvironment
  const cacheFolder = join(repository, '.build/terraform')
  const { env, stop } = await startStandIn(demandsOf([path]), { cacheFolder, env: { ...process.env, ...cloud } })
  return { configured, env: { ...env, ...cloud }, stop }
}

function configurationOf(path: string, zone_id: string, count: number): Configuration {
  const record = {
    count,
    zone_id,
    name: `r\${count.index}-${path.split('/').at(-1)}.bench.example`,
    type: 'TXT',
    content: '"record ${count.index}"',
    ttl: 300,
    comment: 'revision ${var.revision}',
  }
  const document = {
    terraform: { backend: { http: {} }, required_providers: { cloudflare: { source: 'cloudflare/cloudflare' } } },
    variable: { revision: { type: 'string' } },
    resource: { cloudflare_dns_record: { item: record } },
  }
  return { file: 'main.tf.json', text: JSON.stringify(document), planned: [] }
}
