import { objectIn } from '../../protocol/values.ts'
import type { Values } from '../../protocol/values.ts'
import { ifThere } from '../effect.ts'
import type { Cloud, Effect } from '../effect.ts'
import { fill, rest } from '../rest.ts'

const repository = '/repos/{owner}/{repository}'

const base = rest({
  collection: repository,
  item: repository,
  make: { method: 'PATCH', path: repository },
  sends: [['branch', 'default_branch']],
  changes: { method: 'PATCH', sends: [['branch', 'default_branch']] },
  imports: '{repository}',
  shows: (said) => ({ id: said['name'], repository: said['name'], branch: said['default_branch'] }),
})

/** Which branch is the default one: a setting of the repository. Without the resource it is `main` again. */
export const branchDefault: Effect = {
  ...base,
  create: async (planned, cloud) => {
    await rename(planned, cloud)
    return base.create(planned, cloud)
  },
  update: async (planned, cloud, prior) => {
    await rename(planned, cloud)
    return base.update(planned, cloud, prior)
  },
  remove: async (state, cloud) => {
    if (state['branch'] === 'main') return
    const path = fill(repository, { ...state, owner: cloud.owner })
    await ifThere(cloud.call({ method: 'PATCH', path, body: { default_branch: 'main' } }))
  },
}

/** With `rename` the branch that is the default now gets the name. */
async function rename({ rename: wanted, branch, repository: name }: Values, cloud: Cloud): Promise<void> {
  if (wanted !== true) return
  const place = { repository: name, owner: cloud.owner }
  const now = objectIn(await cloud.call({ method: 'GET', path: fill(repository, place) }))?.['default_branch']
  if (now === branch) return
  const path = fill(`${repository}/branches/{now}/rename`, { ...place, now })
  await cloud.call({ method: 'POST', path, body: { new_name: branch } })
}
