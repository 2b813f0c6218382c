import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { takeFolder } from '../../scripts/embedded/folder.ts'
import { introduceOwner } from './accounts/owner.ts'
import { Contexts } from './branches/contexts.ts'
import { buildApp } from './front/app.ts'
import { Doors } from './front/doors.ts'
import type { Listener } from './front/doors.ts'
import { Faults } from './front/faults.ts'
import { Limits } from './front/limits.ts'
import { gitEndpoint } from './git/endpoint.ts'
import { Guards } from './git/guards.ts'
import { Refs } from './git/refs.ts'
import { GitStore } from './git/repository.ts'
import { proveGit } from './git/run.ts'
import { Deliverer } from './hooks/deliverer.ts'
import { Events } from './hooks/events.ts'
import { DeliveryFaults } from './hooks/faults.ts'
import { modules } from './modules.ts'
import { keptValue } from './platform/settings.ts'
import { siteAt } from './platform/site.ts'
import { Store } from './platform/store.ts'
import type { Options, World } from './world.ts'

export type Github = {
  readonly url: string
  readonly owner: string
  readonly token: string
  /** What the owner's webhooks may be signed with; the state keeps it for whoever makes them. */
  readonly webhookSecret: string
  readonly stop: () => Promise<void>
}

/** Starts a GitHub on this machine. It resolves once what a kill left is settled and requests are answered. */
export async function startGithub(options: Options): Promise<Github> {
  proveGit(options.path)
  const folder = takeFolder(options.folder)
  const store = new Store(join(options.folder, 'github.sqlite'))
  const doors = new Doors()
  const leave = async () => {
    await doors.close()
    store.close()
    folder.release()
  }
  try {
    const url = await doors.open(options)
    const world = buildWorld(options, store, url)
    const { owner, token } = introduceOwner(world)
    const deliverer = new Deliverer(world)
    await world.refs.recover()
    doors.welcome(listenerFor(world))
    deliverer.start()
    const works = modules.flatMap(({ work }) => work?.(world) ?? [])
    const webhookSecret = keptValue(store, 'webhook_secret', () => randomBytes(24).toString('hex'))
    const stop = async () => {
      await doors.close()
      await Promise.all(works.map((work) => work.stop()))
      await deliverer.stop()
      await leave()
    }
    return { url, owner: owner.login, token, webhookSecret, stop }
  } catch (error) {
    await leave()
    throw error
  }
}

function buildWorld(options: Options, store: Store, url: string): World {
  const now = options.now ?? Date.now
  const site = siteAt(url)
  const deliveryFaults = new DeliveryFaults()
  const git = new GitStore(join(options.folder, 'git'), options.path)
  const world: World = {
    options,
    store,
    site,
    now,
    git,
    deliveryFaults,
    refs: new Refs(store, git, now),
    guards: new Guards(),
    contexts: new Contexts(),
    events: new Events(store, site, deliveryFaults, now),
    limits: new Limits(now),
    faults: new Faults(),
  }
  for (const { tables } of modules) if (tables !== undefined) store.define(tables)
  for (const { wire } of modules) wire?.(world)
  return world
}

function listenerFor(world: World): Listener {
  const api = getRequestListener(buildApp(world, modules).fetch)
  const git = gitEndpoint(world)
  return (request, response) => (git.takes(request) ? git.answer(request, response) : void api(request, response))
}
