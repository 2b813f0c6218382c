import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sqlite } from '../../../scripts/embedded/sqlite.ts'
import { eventsIn } from '../testing/calls.ts'
import { startHub } from '../testing/hub.ts'

const { hub, restart } = startHub()
let turn = 0

type Left = { readonly repo: string; readonly folder: string; readonly before: string; readonly after: string }

/** A repository whose main is about to move to a commit that is already stored. */
async function prepare(): Promise<Left> {
  const { rest } = hub().octokit
  const repo = `left-${(turn += 1)}`
  const { data } = await rest.repos.createForAuthenticatedUser({ name: repo, auto_init: true })
  const place = { owner: 'owner', repo }
  const { data: head } = await rest.git.getRef({ ...place, ref: 'heads/main' })
  const { data: base } = await rest.git.getCommit({ ...place, commit_sha: head.object.sha })
  const { data: next } = await rest.git.createCommit({
    ...place,
    message: 'Next',
    tree: base.tree.sha,
    parents: [base.sha],
  })
  return { repo, folder: join(hub().folder, 'github', 'git', `${data.id}.git`), before: base.sha, after: next.sha }
}

/** The note that a killed server leaves when it wanted to move main. */
function note({ folder, before, after }: Left, redo: boolean): void {
  const { DatabaseSync } = sqlite()
  const db = new DatabaseSync(join(hub().folder, 'github', 'github.sqlite'))
  const id = /(\d+)\.git$/.exec(folder)?.[1] ?? ''
  const changes = JSON.stringify([{ ref: 'refs/heads/main', before, after }])
  db.prepare(
    `insert into ref_intents (repository_id, actor_id, kind, body, changes, redo, created_at) values (?, 1, 'push', 'null', ?, ?, 0)`,
  ).run(BigInt(id), changes, redo ? 1n : 0n)
  db.close()
}

async function outcome({ repo }: Left): Promise<{ head: string; pushes: string[] }> {
  const { data } = await hub().octokit.rest.git.getRef({ owner: 'owner', repo, ref: 'heads/main' })
  const pushes = eventsIn(hub(), 'push').filter(({ body }) => body.repository.name === repo)
  return { head: data.object.sha, pushes: pushes.map(({ body }) => body.after) }
}

test('what git did is told, once', async () => {
  const left = await prepare()
  note(left, false)
  execFileSync('git', ['update-ref', 'refs/heads/main', left.after], { cwd: left.folder })
  await restart()
  const told = { head: left.after, pushes: [left.before, left.after] }
  expect(await outcome(left)).toEqual(told)
  await restart()
  expect(await outcome(left)).toEqual(told)
})

test('a push that git did not finish never was', async () => {
  const left = await prepare()
  note(left, false)
  await restart()
  expect(await outcome(left)).toEqual({ head: left.before, pushes: [left.before] })
})

test('a call of the API that was noted is carried out', async () => {
  const left = await prepare()
  note(left, true)
  await restart()
  expect(await outcome(left)).toEqual({ head: left.after, pushes: [left.before, left.after] })
})

test('a lock that a dead git holds is taken away', async () => {
  const left = await prepare()
  note(left, true)
  const lock = join(left.folder, 'refs', 'heads', 'main.lock')
  writeFileSync(lock, '')
  utimesSync(lock, 0, 0)
  await restart()
  expect(await outcome(left)).toMatchObject({ head: left.after })
})

test('a start sweeps away what nobody knows', async () => {
  const git = join(hub().folder, 'github', 'git')
  for (const name of ['draft-x', '999.git']) mkdirSync(join(git, name))
  await restart()
  expect(readdirSync(git).every((name) => /^\d+\.git$/.test(name) && name !== '999.git')).toBe(true)
})
