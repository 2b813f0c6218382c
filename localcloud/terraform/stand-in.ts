import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Demand } from './folder.ts'
import { answersOf } from './provider/answers.ts'
import { Provider } from './provider/provider.ts'
import { schemaOf } from './schema/catalog.ts'
import { serve } from './serving.ts'

/** Providers that run here, until `stop`. */
export type StandIn = {
  /** What Terraform needs in its environment to find them. */
  readonly env: { readonly TF_REATTACH_PROVIDERS: string; readonly CHECKPOINT_DISABLE: '1' }
  readonly stop: () => void
}

export type Place = { readonly cacheFolder: string; readonly env: NodeJS.ProcessEnv }

/** Starts a provider for each demand. Terraform talks to them instead of downloading any. */
export async function startStandIn(demands: readonly Demand[], { cacheFolder, env }: Place): Promise<StandIn> {
  // A path of a socket must be short, so it cannot be below the project.
  const folder = mkdtempSync(join(tmpdir(), 'tf-'))
  const started = await Promise.all(
    demands.map(async ({ definition, used }) => {
      const provider = new Provider(definition, schemaOf(definition, used, cacheFolder), env)
      const socket = join(folder, definition.prefix)
      return { stop: await serve(socket, answersOf(provider)), socket, address: definition.address }
    }),
  )
  const reattach = started.map(({ address, socket }) => [
    `registry.terraform.io/${address}`,
    {
      Protocol: 'grpc',
      ProtocolVersion: 6,
      Pid: process.pid,
      Test: true,
      Addr: { Network: 'unix', String: socket },
    },
  ])
  return {
    env: { TF_REATTACH_PROVIDERS: JSON.stringify(Object.fromEntries(reattach)), CHECKPOINT_DISABLE: '1' },
    stop: () => {
      for (const { stop } of started) stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
