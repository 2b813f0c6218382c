import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { cloudflareApi, identity } from '../account/api.ts'
import { run } from '../account/program.ts'
import { Refusal } from '../embedded/refusal.ts'
import { synthesise } from '../stacks/choice.ts'
import type { Stack } from '../stacks/synthesised.ts'
import { findExisting } from './existing.ts'
import { pathOf } from './state-file.ts'
import { platformStack } from './world.ts'
import type { World } from './world.ts'

const Imports = z.array(z.object({ to: z.string(), id: z.string() })).default([])
const Actions = z.object({ actions: z.array(z.string()) })
const Plan = z.object({
  output_changes: z.record(z.string(), Actions).default({}),
  resource_changes: z
    .array(
      z.object({
        address: z.string(),
        change: Actions.extend({ importing: z.unknown().optional() }),
      }),
    )
    .default([]),
})

/** What a plan would do to a resource: `create`, `import`, `update`. */
export type Change = { readonly address: string; readonly action: string }

/** Runs terraform in the platform's folder. @returns what it printed, where that was not shown */
type Terraform = (args: readonly [string, ...string[]], out?: 'inherit' | 'pipe') => Promise<string>

/**
 * Plans the platform's stack, whose state is kept on this machine.
 * @returns what is not as declared
 * @throws Refusal when something would be deleted, which a bootstrap never does
 */
export async function plan(world: World): Promise<Change[]> {
  await writeConfiguration(folderIn(world), world)
  return withProviders(world, async (terraform) => {
    await terraform(['init', '-input=false'])
    // A terraform whose bootstrap was killed may be about to end.
    const lock = world.isDry ? '-lock=false' : '-lock-timeout=5m'
    await terraform(['plan', '-input=false', lock, '-out=plan'])
    return changesIn(Plan.parse(JSON.parse(await terraform(['show', '-json', 'plan']))))
  })
}

function changesIn({ resource_changes: resources, output_changes: outputs }: z.infer<typeof Plan>): Change[] {
  const gone = resources.flatMap(({ address, change }) => (change.actions.includes('delete') ? [address] : []))
  if (gone.length > 0)
    throw new Refusal(
      `The platform's plan would delete or replace ${gone.join(', ')}, and a bootstrap deletes nothing: take back what changed it in stacks/settings.ts.`,
    )
  const changes = resources.flatMap(({ address, change }) => named(address, change))
  // Outputs are written last: a run that was killed may have left all resources and none of them.
  return changes.length > 0 ? changes : Object.entries(outputs).flatMap(([name, each]) => named(`output.${name}`, each))
}

/** Applies the plan that was made last, in sight. */
export async function apply(world: World): Promise<void> {
  await withProviders(world, (terraform) => terraform(['apply', '-input=false', '-lock-timeout=5m', 'plan'], 'inherit'))
}

/** On an account of this machine the providers are stood in for: nothing is downloaded. */
async function withProviders<Result>(world: World, work: (terraform: Terraform) => Promise<Result>): Promise<Result> {
  const { apiUrl, token } = world.account.place
  const cwd = folderIn(world)
  // What a shell says of its own folders does not hold here.
  const own = { TF_WORKSPACE: '', TF_DATA_DIR: '', ...identity(token) }
  const base = { ...world.env, ...own, ...(apiUrl !== cloudflareApi && { CLOUDFLARE_BASE_URL: apiUrl }) }
  const standIn = world.account.isLocal ? await standInFor(cwd, base) : null
  const env: NodeJS.ProcessEnv = { ...base, ...standIn?.env }
  try {
    return await work(async ([command, ...options], out = 'pipe') => {
      // It colours what goes into a file, too.
      const words = process.stdout.isTTY ? [command, ...options] : [command, '-no-color', ...options]
      const { code, output } = await run(env['THROUGHLINE_TERRAFORM'] || 'terraform', words, { cwd, env, out })
      if (code === 0) return output
      throw new Refusal(`terraform ${command} ended with ${code}; when that is mended, npm run bootstrap goes on.`)
    })
  } finally {
    standIn?.stop()
  }
}

function folderIn({ scratch }: World): string {
  return join(scratch, 'platform')
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
  return startStandIn(demandsOf([folder]), { cacheFolder, env })
}
