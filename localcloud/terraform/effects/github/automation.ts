import { randomBytes } from 'node:crypto'
import { objectIn } from '../../protocol/values.ts'
import type { Values } from '../../protocol/values.ts'
import type { Cloud, Effect } from '../effect.ts'
import { fill, rest } from '../rest.ts'

const repository = '/repos/{owner}/{repository}'
const hookNames = ['active', 'events', ['configuration', 'config']] as const

/** A webhook. Its secret is never told again: the state keeps the one that was set. */
export const webhook: Effect = rest({
  collection: `${repository}/hooks`,
  item: `${repository}/hooks/{id}`,
  sends: hookNames,
  changes: { method: 'PATCH', sends: hookNames },
  imports: '{repository}/{id}',
  body: ({ config, ...body }) => {
    const { insecure_ssl: insecure, ...others } = (Array.isArray(config) ? objectIn(config[0]) : null) ?? {}
    return { ...body, config: { ...others, insecure_ssl: insecure === true ? '1' : '0' } }
  },
  shows: (said) => {
    const { secret: _, insecure_ssl: insecure, ...config } = objectIn(said['config']) ?? {}
    return { ...said, configuration: [{ ...config, insecure_ssl: insecure === '1' }] }
  },
})

const oneSecret = `${repository}/actions/secrets/{secret_name}`
const secret = rest({
  collection: `${repository}/actions/secrets`,
  item: oneSecret,
  sends: [],
  imports: '{repository}/{secret_name}',
  shows: (said, known) => ({ ...said, id: `${String(known['repository'])}:${String(known['secret_name'])}` }),
})

/** A secret of Actions. Nobody can read it: when it was changed by hand its time tells, and it is made anew. */
export const actionsSecret: Effect = {
  ...secret,
  create: async (planned, cloud) => {
    const place = { ...planned, owner: cloud.owner }
    const key = await cloud.call({ method: 'GET', path: fill(`${repository}/actions/secrets/public-key`, place) })
    const { key_id: id } = objectIn(key) ?? {}
    const body = {
      key_id: id,
      encrypted_value: planned['encrypted_value'] ?? boxLike(String(planned['plaintext_value'])),
    }
    await cloud.call({ method: 'PUT', path: fill(oneSecret, place), body })
    return (await secret.read(planned, cloud)) ?? {}
  },
  read: async (state, cloud) => {
    const said = await secret.read(state, cloud)
    const known = state['updated_at']
    const isForeign = typeof known === 'string' && said !== null && said['updated_at'] !== known
    return isForeign && state['destroy_on_drift'] !== false ? null : said
  },
}

/** Something of the size of a sealed box. The local GitHub keeps secrets closed: nothing here can open them again. */
function boxLike(text: string): string {
  return randomBytes(48 + Buffer.byteLength(text)).toString('base64')
}

const variable = rest({
  collection: `${repository}/actions/variables`,
  item: `${repository}/actions/variables/{variable_name}`,
  sends: [['variable_name', 'name'], 'value'],
  changes: { method: 'PATCH', sends: ['value'] },
  imports: '{repository}:{variable_name}',
  shows: (said, known) => ({ ...said, id: `${String(known['repository'])}:${String(known['variable_name'])}` }),
})

/** A variable of Actions. The API's answer to a change is empty, so it is read. */
export const actionsVariable: Effect = {
  ...variable,
  create: async (planned, cloud) => readAfter(variable.create(planned, cloud), planned, cloud),
  update: async (planned, cloud, prior) => readAfter(variable.update(planned, cloud, prior), planned, cloud),
}

async function readAfter(done: Promise<Values>, planned: Values, cloud: Cloud): Promise<Values> {
  const said = await done
  return (await variable.read(planned, cloud)) ?? said
}
