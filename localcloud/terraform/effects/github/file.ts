import { objectIn, textIn } from '../../protocol/values.ts'
import type { Values } from '../../protocol/values.ts'
import { ApiRefusal, ifThere } from '../effect.ts'
import type { Cloud, Effect } from '../effect.ts'
import { fill } from '../rest.ts'

/** A file on a branch; each change of it is a commit. */
export const repositoryFile: Effect = {
  create: async (planned, cloud) => {
    const known = await fileAt(planned, cloud)
    if (known && planned['overwrite_on_create'] !== true) {
      const mend = 'configure `overwrite_on_create` to `true` to override'
      throw new ApiRefusal(422, `refusing to overwrite existing file: ${mend}`)
    }
    return commit(planned, cloud, `Add ${String(planned['file'])}`, known?.['sha'])
  },
  read: async (state, cloud) => {
    const file = await fileAt(state, cloud)
    return file && shown(file, state)
  },
  update: async (planned, cloud) =>
    commit(planned, cloud, `Update ${String(planned['file'])}`, (await fileAt(planned, cloud))?.['sha']),
  remove: async (state, cloud) => {
    const known = await fileAt(state, cloud)
    if (!known) return
    const body = { message: `Delete ${String(state['file'])}`, sha: known['sha'], ...branchIn(state) }
    await ifThere(cloud.call({ method: 'DELETE', path: pathOf(state, cloud), body }))
  },
  identify: (id) => {
    const [place = '', branch] = id.split(':')
    const [repository = '', ...path] = place.split('/')
    return { repository, file: path.join('/'), ...(branch === undefined ? {} : { branch }) }
  },
}

function pathOf(values: Values, { owner }: Cloud): string {
  return fill('/repos/{owner}/{repository}/contents/{file*}', { ...values, owner })
}

function branchIn({ branch }: Values): { readonly branch?: string } {
  return typeof branch === 'string' ? { branch } : {}
}

async function fileAt(values: Values, cloud: Cloud): Promise<Values | null> {
  const { branch } = branchIn(values)
  const query = branch === undefined ? '' : `?ref=${encodeURIComponent(branch)}`
  return objectIn(await ifThere(cloud.call({ method: 'GET', path: `${pathOf(values, cloud)}${query}` })))
}

async function commit(planned: Values, cloud: Cloud, usual: string, sha: unknown): Promise<Values> {
  const { commit_message: message, content, commit_author: name, commit_email: email } = planned
  const body = {
    message: typeof message === 'string' ? message : usual,
    content: Buffer.from(String(content)).toString('base64'),
    ...branchIn(planned),
    ...(sha === undefined ? {} : { sha }),
    ...(name && email ? { author: { name, email }, committer: { name, email } } : {}),
  }
  const said = objectIn(await cloud.call({ method: 'PUT', path: pathOf(planned, cloud), body }))
  const done = objectIn(said?.['commit'])
  const file = (await fileAt(planned, cloud)) ?? {}
  return { ...shown(file, planned), commit_sha: done?.['sha'], commit_message: body.message }
}

function shown(file: Values, { repository, file: path }: Values): Values {
  const address = URL.parse(String(file['url']))
  return {
    id: `${String(repository)}/${String(path)}`,
    content: Buffer.from(textIn(file['content']), 'base64').toString(),
    sha: file['sha'],
    ref: address?.searchParams.get('ref') ?? null,
  }
}
