import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { cloudflareApi } from '../account/api.ts'
import { run } from '../account/program.ts'
import { Refusal } from '../embedded/refusal.ts'
import { synthesise } from '../stacks/choice.ts'
import type { Stack } from '../stacks/synthesised.ts'
import { findExisting } from './existing.ts'
import { pathOf } from './state-file.ts'
import { platformStack } from './world.ts'
import type { World } from './world.ts'

const Imports = z.array(z.object({ to: z.string(), id: z.string() })).default([])
const Plan = z.object({
  resource_changes: z
    .array(
      z.object({
        address: z.string(),
        change: z.object({ actions: z.array(z.string()), importing: z.unknown().optional() }),
      }),
    )
    .default([]),
})

/** What a plan would do to a resource: `create`, `import`, `update`. */
export type Change = { readonly address: string; readonly action: string }

/** Terraform in a folder of its own, with the platform's stack, whose state is kept on this machine. */
export class Terraform {
  readonly #env: NodeJS.ProcessEnv
  readonly #folder: string
  readonly #isDry: boolean

  private constructor(folder: string, env: NodeJS.ProcessEnv, isDry: boolean) {
    this.#folder = folder
    this.#env = env
    this.#isDry = isDry
  }

  /** Does something with it. On an account of this machine the providers are stood in for: nothing is downloaded. */
  static async with<Result>(world: World, work: (terraform: Terraform) => Promise<Result>): Promise<Result> {
    const folder = join(world.scratch, 'platform')
    await writeConfiguration(folder, world)
    const { apiUrl, token } = world.account.place
    // What a shell says of its own folders does not hold here.
    const own = { TF_WORKSPACE: '', TF_DATA_DIR: '', CLOUDFLARE_API_TOKEN: token }
    const env = { ...world.env, ...own, ...(apiUrl !== cloudflareApi && { CLOUDFLARE_BASE_URL: apiUrl }) }
    const standIn = world.account.isLocal ? await standInFor(folder, env) : null
    try {
      const terraform = new Terraform(folder, { ...env, ...standIn?.env }, world.isDry)
      await terraform.#must(['init', '-input=false'])
      return await work(terraform)
    } finally {
      standIn?.stop()
    }
  }

  /** What is not as declared. @throws Refusal when something would be deleted, which a bootstrap never does */
  async plan(): Promise<Change[]> {
    // A terraform whose bootstrap was killed may be about to end.
    const lock = this.#isDry ? '-lock=false' : '-lock-timeout=5m'
    await this.#must(['plan', '-input=false', lock, '-out=plan'])
    const { resource_changes: changes } = Plan.parse(JSON.parse(await this.#must(['show', '-json', 'plan'])))
    const gone = changes.flatMap(({ address, change }) => (change.actions.includes('delete') ? [address] : []))
    if (gone.length === 0) return changes.flatMap(({ address, change }) => named(address, change))
    throw new Refusal(
      `The platform's plan would delete or replace ${gone.join(', ')}, and a bootstrap deletes nothing: take back what changed it in stacks/settings.ts.`,
    )
  }

  /** Applies the plan that was made last, in sight. */
  async apply(): Promise<void> {
    await this.#must(['apply', '-input=false', '-lock-timeout=5m', 'plan'], 'inherit')
  }

  async #must(args: readonly string[], out: 'inherit' | 'pipe' = 'pipe'): Promise<string> {
    const program = this.#env['THROUGHLINE_TERRAFORM'] || 'terraform'
    // It colours what goes into a file, too.
    const [command = '', ...options] = args
    const words = process.stdout.isTTY ? args : [command, '-no-color', ...options]
    const { code, output } = await run(program, words, { cwd: this.#folder, env: this.#env, out })
    if (code === 0) return output
    throw new Refusal(`terraform ${command} ended with ${code}; when that is mended, npm run bootstrap goes on.`)
  }
}

function named(address: string, { actions, importing }: { actions: string[]; importing?: unknown }): Change[] {
  if (importing) return [{ address, action: 'import' }]
  const action = actions[0] ?? 'no-op'
  return action === 'no-op' || action === 'read' ? [] : [{ address, action }]
}

function synthesised({ env, scratch }: World): Stack {
  // The state is kept here at first: the shell may name another control plane.
  const stacks = synthesise({ ...env, THROUGHLINE_URL: '', WORKER_URL: '' }, join(scratch, 'stacks'))
  const found = stacks.find(({ name }) => name === platformStack)
  if (found) return found
  throw new Refusal(`There is no stack "${platformStack}".`)
}

async function writeConfiguration(folder: string, world: World): Promise<void> {
  const stack = synthesised(world)
  const { document } = stack
  const declared = Imports.parse(document['import'])
  const existing = await findExisting(world, stack)
  const adopted = existing.filter(({ to }) => !declared.some((each) => each.to === to))
  const configuration = {
    ...document,
    import: [...declared, ...adopted],
    terraform: { ...document.terraform, backend: { local: { path: pathOf(world) } } },
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeFileSync(join(folder, 'cdk.tf.json'), JSON.stringify(configuration, null, 2))
}

async function standInFor(folder: string, env: NodeJS.ProcessEnv) {
  const { demandsOf } = await import('../../localcloud/terraform/folder.ts')
  const { startStandIn } = await import('../../localcloud/terraform/stand-in.ts')
  const cacheFolder = join(import.meta.dirname, '../../.build/terraform')
  return startStandIn(demandsOf(folder), { cacheFolder, env })
}
