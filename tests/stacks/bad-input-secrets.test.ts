import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { startWorld } from './bad-input-world.ts'

const world = startWorld()
const secrets = { TF_VAR_deploy_key: 'Qz7-deploy-hush-Qz7', TF_VAR_github_webhook_secret: 'Wx8-webhook-hush-Wx8' }

/** Which of these texts a file below a folder holds. */
function filesWith(folder: string, texts: readonly string[]): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    if (!entry.isFile()) return []
    const file = join(entry.parentPath, entry.name)
    const content = readFileSync(file, 'utf8')
    return texts.some((text) => content.includes(text)) ? [file] : []
  })
}

/** All that the server tells of its runs. */
async function told(): Promise<string> {
  const { deployments } = (await (await world.call('/api/deployments')).json()) as { deployments: { id: string }[] }
  expect(deployments.length).toBeGreaterThan(1)
  const paths = deployments.flatMap(({ id }) => ['', '/logs', '/plan'].map((part) => `/api/deployments/${id}${part}`))
  return (await Promise.all(paths.map(async (path) => (await world.call(path)).text()))).join('\n')
}

test('no secret is shown, written down or recorded, not even when Terraform tells all that it does', async () => {
  const { THROUGHLINE_TOKEN, GITHUB_TOKEN } = world.credentials()
  const values = [...Object.values(secrets), String(THROUGHLINE_TOKEN), String(GITHUB_TOKEN)]
  world.write('hush', { secrets: ['DEPLOY_KEY'], webhook: ['push'] })
  const { code, output } = await world.run('deploy', ['--yes', 'github'], { ...secrets, TF_LOG: 'trace' })
  expect(output).toContain('Apply complete! Resources: 4 added')
  expect([code, values.filter((value) => output.includes(value))]).toEqual([0, []])
  const record = await told()
  expect(values.filter((value) => record.includes(value))).toEqual([])
  const { folder } = world.copy
  for (const place of ['cdktf.out', 'home', 'temporary', 'providers'])
    expect(filesWith(join(folder, place), values)).toEqual([])
}, 120_000)
