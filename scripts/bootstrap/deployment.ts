import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { worker } from '../../stacks/manifest.ts'
import { newToken } from '../../worker/features/access/token.ts'
import type { Account } from '../account/api.ts'
import { Wrangler } from '../account/wrangler.ts'
import { keptToken } from '../embedded/credentials.ts'
import { manifest } from '../embedded/manifest.ts'
import { Refusal } from '../embedded/refusal.ts'
import { findWorker, knownToken, unknownToken } from './control-plane.ts'
import { findPlatform } from './state-file.ts'
import type { Platform } from './state-file.ts'
import { done, open } from './step.ts'
import type { Step } from './step.ts'
import type { World } from './world.ts'

const script = `workers/scripts/${worker.script}`
const rootToken = 'CLIENT_AUTH_TOKEN'
const accountToken = 'CF_API_TOKEN'
const leaseKey = 'LEASE_KEY'

/** The Worker with its secrets, and all by which it is called: crons, queues, an address. */
export const deployment: Step = {
  title: 'worker',
  async look(world) {
    const lacking = await whatLacks(world, await findPlatform(world))
    return lacking.length === 0 ? done(`${worker.script} is deployed`) : open(`deploys ${lacking.join(', ')}`)
  },
  async take(world) {
    const platform = await findPlatform(world)
    const secrets = join(world.scratch, 'secrets.json')
    writeFileSync(secrets, JSON.stringify(await secretsFor(world, platform)), { mode: 0o600 })
    try {
      const wrangler = new Wrangler(world.account.place, world.settings, platform.ids, world.env)
      await wrangler.deploy(['--secrets-file', secrets])
    } finally {
      rmSync(secrets)
    }
    const lacking = await whatLacks(world, platform)
    if (lacking.length > 0) throw new Refusal(`After the deployment there is still missing: ${lacking.join(', ')}.`)
    return `${worker.script} is deployed`
  },
}

/**
 * The owner's token is given once: another would lock out who has the first. Secrets that are there stay. Nobody but the
 * Worker knows the key of leased values.
 */
async function secretsFor(world: World, { workerToken }: Platform): Promise<Record<string, string>> {
  const bindings = (await findWorker(world.account)) ?? []
  const hasToken = bindings.some(({ name }) => name === rootToken)
  if (hasToken && knownToken(world) === null) throw new Refusal(unknownToken(world))
  return {
    ...(!hasToken && { [rootToken]: knownToken(world) ?? keptToken(world.folder) }),
    ...(workerToken !== null && { [accountToken]: workerToken }),
    ...(!bindings.some(({ name }) => name === leaseKey) && { [leaseKey]: newToken() }),
  }
}

/** In words what is not as the manifest says. Its code is not compared: newer one is shipped by npm run deploy. */
async function whatLacks({ account }: World, { ids }: Platform): Promise<string[]> {
  const bindings = await findWorker(account)
  if (bindings === null) return [`the Worker ${worker.script} with its secrets and triggers`]
  const secrets = [rootToken, accountToken, leaseKey].filter((name) => !bindings.some((each) => each.name === name))
  const databases = Object.keys(worker.databases).filter(
    (name) => !bindings.some((each) => each.name === name && each.id !== null && each.id === ids[name]),
  )
  return [
    ...secrets.map((name) => `the secret ${name}`),
    ...databases.map((name) => `the binding ${name} to ${worker.databases[name]}`),
    ...(await lackingTriggers(account)),
  ]
}

/** Wrangler sets these one by one, after the code. */
async function lackingTriggers(account: Account): Promise<string[]> {
  const Schedules = z.object({ schedules: z.array(z.object({ cron: z.string() })) })
  const Consumer = z.object({ script: z.string().optional(), script_name: z.string().optional() })
  const Queue = z.object({ queue_name: z.string(), consumers: z.array(Consumer).default([]) })
  const [schedules, queues, subdomain] = await Promise.all([
    account.find(`${script}/schedules`, Schedules),
    account.list('queues', Queue),
    account.find(`${script}/subdomain`, z.object({ enabled: z.boolean() })),
  ])
  const consumed = queues.filter(({ consumers }) =>
    consumers.some((each) => (each.script ?? each.script_name) === worker.script),
  )
  const crons = manifest.triggers.crons.filter((cron) => !schedules?.schedules.some((each) => each.cron === cron))
  const unread = manifest.queues.consumers.filter(({ queue }) => !consumed.some((each) => each.queue_name === queue))
  return [
    ...crons.map((cron) => `the cron ${cron}`),
    ...unread.map(({ queue }) => `the consumer of ${queue}`),
    ...(subdomain?.enabled ? [] : ['its address']),
  ]
}
