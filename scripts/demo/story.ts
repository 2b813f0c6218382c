import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { DemoServer } from './server.ts'
import { ask, step, tool } from './tool.ts'

const Repository = z.object({ full_name: z.string(), clone_url: z.string() })
const Issue = z.object({ number: z.int(), html_url: z.string(), state: z.string() })

const configuration = `terraform {
  backend "http" {}
}
resource "terraform_data" "queue" {
  input = { name = "orders", retention_days = 4 }
}
`
const worker = `export default {
  fetch: (request, env) => Response.json({ hello: env.NAME, path: new URL(request.url).pathname }),
}
`

/** One story with the real tools: from an issue to a resource, and back to the question why it is there. */
export async function play(parent: string, server: DemoServer): Promise<void> {
  const { github } = server
  step('A repository and an issue, on the local GitHub')
  const made = await ask(`${github.api_url}/user/repos`, github.token, { name: 'orders', auto_init: true })
  const repository = Repository.parse(made)
  const issueAt = `${github.api_url}/repos/${repository.full_name}/issues`
  const issue = Issue.parse(await ask(issueAt, github.token, { title: 'Orders need a queue' }))
  console.log(`  ${repository.full_name}#${issue.number}  ${issue.html_url}`)

  step('A commit that names the issue, pushed with git')
  const folder = await pushed(parent, repository, github.token, issue.number)
  const { state } = Issue.parse(await ask(`${issueAt}/${issue.number}`, github.token))
  console.log(`  ${(await tool('git', ['log', '-1', '--oneline'], folder)).trim()}, and the issue is ${state}`)

  step('terraform, through the recorder')
  await applied(folder, server, `${repository.full_name}#${issue.number}`)

  step('A Worker, deployed with wrangler to the local account')
  await deployed(join(parent, 'worker'), server)

  step('Why is the queue as it is?')
  const throughline = join(import.meta.dirname, '../throughline')
  const env = { THROUGHLINE_URL: server.url, THROUGHLINE_TOKEN: server.client_auth_token }
  console.log(await tool(throughline, ['deployments'], folder, env))
  console.log(await tool(throughline, ['why', 'terraform_data.queue'], folder, env))
}

async function pushed(parent: string, repository: z.infer<typeof Repository>, token: string, issue: number) {
  const folder = join(parent, 'orders')
  const url = new URL(repository.clone_url)
  Object.assign(url, { username: 'demo', password: token })
  await tool('git', ['clone', '--quiet', url.href, folder], parent)
  // The address without the token: a record of a run names it.
  await tool('git', ['remote', 'set-url', 'origin', repository.clone_url], folder)
  await writeFile(join(folder, 'main.tf'), configuration)
  await writeFile(join(folder, '.gitignore'), '.terraform*\n')
  const person = ['-c', 'user.name=Demo', '-c', 'user.email=demo@example.com']
  await tool('git', ['add', '.'], folder)
  await tool('git', [...person, 'commit', '--quiet', '-m', `Give orders a queue, closes #${issue}`], folder)
  await tool('git', ['push', '--quiet', url.href, 'HEAD'], folder)
  return folder
}

async function applied(folder: string, server: DemoServer, task: string): Promise<void> {
  const throughline = join(import.meta.dirname, '../throughline')
  const env = {
    THROUGHLINE_URL: server.url,
    THROUGHLINE_TOKEN: server.client_auth_token,
    THROUGHLINE_STATE: 'orders/production',
    THROUGHLINE_TASK: task,
    XDG_STATE_HOME: join(folder, '../spool'),
    CHECKPOINT_DISABLE: '1',
  }
  await tool(throughline, ['terraform', 'init', '-input=false', '-no-color'], folder, env)
  const output = await tool(throughline, ['terraform', 'apply', '-auto-approve', '-no-color'], folder, env)
  console.log(`  ${output.split('\n').find((line) => line.startsWith('Apply complete')) ?? ''}`)
}

async function deployed(folder: string, { cloudflare }: DemoServer): Promise<void> {
  await mkdir(folder)
  await writeFile(join(folder, 'index.js'), worker)
  const manifest = { name: 'orders', main: 'index.js', compatibility_date: '2026-07-01', vars: { NAME: 'orders' } }
  await writeFile(join(folder, 'wrangler.json'), JSON.stringify(manifest))
  const env = {
    CLOUDFLARE_API_BASE_URL: cloudflare.api_url,
    CLOUDFLARE_API_TOKEN: cloudflare.api_token,
    CLOUDFLARE_ACCOUNT_ID: cloudflare.account_id,
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_HIDE_BANNER: 'true',
    CI: '1',
  }
  await tool(
    process.execPath,
    [join(import.meta.dirname, '../../node_modules/wrangler/bin/wrangler.js'), 'deploy'],
    folder,
    env,
  )
  const address = `${new URL(cloudflare.api_url).origin}/workers/orders/queue`
  const response = await fetch(address)
  console.log(`  ${address}\n  ${response.status} ${await response.text()}`)
}
