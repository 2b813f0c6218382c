import { declaredBy, policy } from './policy.ts'

/** Which attribute is the name that people meet on a bill, in a dashboard and in a log. */
const named: Readonly<Record<string, string>> = {
  azurerm_container_group: 'name',
  azurerm_key_vault: 'name',
  azurerm_resource_group: 'name',
  azurerm_user_assigned_identity: 'name',
  cloudflare_d1_database: 'name',
  cloudflare_queue: 'queue_name',
  cloudflare_r2_bucket: 'name',
  cloudflare_workers_for_platforms_dispatch_namespace: 'name',
  cloudflare_workers_kv_namespace: 'title',
}

/** Lower case with hyphens: all services take such names, and nobody has to remember which takes what else. */
export const naming = policy(function* (node) {
  const declared = declaredBy(node)
  const attribute = declared && named[declared.type]
  if (!attribute) return
  const name = declared.text(attribute)
  if (name.startsWith('${') || /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(name)) return
  yield `${declared.type} is called "${name}"; names are lower-case letters, digits and hyphens: call it "${better(name)}".`
})

function better(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
}
