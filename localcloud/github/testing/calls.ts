import { sqlite } from '../../../scripts/embedded/sqlite.ts'
import type { Hub } from './hub.ts'

/** A call of the owner beside what octokit knows: below `/_local`, and of Enterprise Server's `/admin`. */
export async function callLocal(hub: Hub, path: string, body: object, method = 'POST'): Promise<Response> {
  const root = path.startsWith('/admin') ? '/api/v3' : '/_local'
  const init = { method, headers: { authorization: `Bearer ${hub.token}` }, body: JSON.stringify(body) }
  return fetch(`${hub.url}${root}${path}`, init)
}

/** A new user, with a token that may do what its scopes say. */
export async function newUser(hub: Hub, login: string, scopes?: string[]): Promise<string> {
  await callLocal(hub, '/users', { login })
  return tokenOf(hub, login, scopes)
}

export async function tokenOf(hub: Hub, login: string, scopes?: string[]): Promise<string> {
  const response = await callLocal(hub, '/tokens', { login, ...(scopes ? { scopes } : {}) })
  const { token } = (await response.json()) as { token: string }
  return token
}

// A test says itself what it expects.
// oxlint-disable-next-line typescript/no-explicit-any
export type Event = { readonly name: string; readonly action: string | null; readonly guid: string; readonly body: any }

/** Every event that was raised, in order, whether or not a hook heard of it. */
export function eventsIn(hub: Hub, name: string): Event[] {
  const { DatabaseSync } = sqlite()
  const db = new DatabaseSync(`${hub.folder}/github/github.sqlite`, { readOnly: true })
  const rows = db.prepare('select name, action, guid, body from events where name = ? order by id').all(name)
  db.close()
  return rows.map((row) => ({
    name: String(row['name']),
    action: row['action'] === null ? null : String(row['action']),
    guid: String(row['guid']),
    body: JSON.parse(String(row['body'])),
  }))
}

type Place = { readonly owner: string; readonly repo: string }

/** Writes a file on a branch, which starts at main when it is not there. @returns the commit */
export async function write(hub: Hub, place: Place, branch: string, path: string, content: string): Promise<string> {
  const { rest } = hub.octokit
  const { data: main } = await rest.git.getRef({ ...place, ref: 'heads/main' })
  await rest.git.createRef({ ...place, ref: `refs/heads/${branch}`, sha: main.object.sha }).catch(() => null)
  const known = await rest.repos.getContent({ ...place, path, ref: branch }).catch(() => null)
  const sha = known && 'sha' in known.data ? { sha: known.data.sha } : {}
  const file = { path, branch, message: `Write ${path}`, content: Buffer.from(content).toString('base64') }
  const { data } = await rest.repos.createOrUpdateFileContents({ ...place, ...file, ...sha })
  return data.commit.sha ?? ''
}

/** A pull request from a branch that writes one file. */
export async function openPull(
  hub: Hub,
  place: Place,
  branch: string,
  more: object = {},
): Promise<Place & { pull_number: number }> {
  await write(hub, place, branch, `${branch}.txt`, `${branch}\n`)
  const { data } = await hub.octokit.rest.pulls.create({
    ...place,
    title: `The ${branch}`,
    head: branch,
    base: 'main',
    ...more,
  })
  return { ...place, pull_number: data.number }
}
