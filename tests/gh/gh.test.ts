import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startHub } from '../../localcloud/github/testing/hub.ts'
import { eventually } from '../clients/receiver.ts'
import { Gh } from './gh.ts'

describe('gh', () => {
  const gh = new Gh()
  const files = mkdtempSync(join(tmpdir(), 'throughline-gh-files-'))
  const runner = join(files, 'runner.json')
  const workflow = 'name: Deploy\non: {workflow_dispatch: {inputs: {where: {required: true}}}}\njobs: {apply: {}}\n'
  writeFileSync(
    runner,
    JSON.stringify({
      bindings: [{ repository: 'owner/one', workflow: 'deploy.yml', command: 'sleep 1; echo "to $INPUT_WHERE"' }],
    }),
  )
  const { hub } = startHub({ socket: gh.socket, runner })

  beforeAll(async () => {
    gh.aim(hub())
    await gh.must('repo', 'create', 'one', '--private', '--add-readme', '--description', 'The first')
    await gh.must('repo', 'clone', 'one')
    gh.folder = join(gh.folder, 'one')
    mkdirSync(join(gh.folder, '.github/workflows'), { recursive: true })
    await commit('.github/workflows/deploy.yml', workflow, 'Deploy on request')
    await gh.git('push', '--quiet')
  })
  afterAll(() => {
    gh.remove()
    rmSync(files, { recursive: true })
  })

  async function commit(path: string, content: string, message: string): Promise<void> {
    writeFileSync(join(gh.folder, path), content)
    await gh.git('add', '--all')
    await gh.git('commit', '--quiet', '--message', message)
  }

  test('knows who it is, and that a wrong token is nobody', async () => {
    const { code, err, out } = await gh.run('gh', ['auth', 'status'])
    expect([code, `${out}${err}`]).toEqual([0, expect.stringContaining('Logged in to 127.0.0.1 as owner')])
    const wrong = await gh.run('gh', ['auth', 'status'], { GH_ENTERPRISE_TOKEN: 'ghp_wrong' })
    expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining('authentication failed') })
  })

  test('as github.com it goes through the socket too', async () => {
    const { token } = hub()
    const env = { GH_HOST: 'github.com', GH_TOKEN: token }
    expect(await gh.run('gh', ['api', 'user', '--jq', '.login'], env)).toMatchObject({ code: 0, out: 'owner' })
    const listed = await gh.run('gh', ['repo', 'list', '--json', 'nameWithOwner'], env)
    expect(JSON.parse(listed.out)).toEqual([{ nameWithOwner: 'owner/one' }])
  })

  test('repositories', async () => {
    expect(await gh.must('repo', 'view')).toMatch(/name:\towner\/one\ndescription:\tThe first\n--\n# one/)
    await gh.must('repo', 'edit', '--description', 'Changed', '--add-topic', 'infra')
    expect(await gh.json('repo', 'view', '--json', 'description,isPrivate,repositoryTopics,viewerPermission')).toEqual({
      description: 'Changed',
      isPrivate: true,
      repositoryTopics: [{ name: 'infra' }],
      viewerPermission: 'ADMIN',
    })
    await gh.must('repo', 'create', 'two', '--public')
    expect(await gh.json('repo', 'list', '--visibility', 'public', '--json', 'name')).toEqual([{ name: 'two' }])
    await gh.must('repo', 'archive', 'owner/two', '--yes')
    await gh.must('repo', 'delete', 'owner/two', '--yes')
    expect(await gh.run('gh', ['repo', 'view', 'owner/two'])).toMatchObject({
      code: 1,
      err: "GraphQL: Could not resolve to a Repository with the name 'owner/two'. (repository)",
    })
  })

  test('issues', async () => {
    const url = await gh.must('issue', 'create', '-t', 'A bug', '-b', 'It breaks', '-l', 'bug', '-a', '@me')
    const number = url.split('/').at(-1) ?? ''
    expect(url).toBe(`${hub().url}/owner/one/issues/${number}`)
    expect(await gh.must('issue', 'view', number)).toMatch(
      /title:\tA bug\nstate:\tOPEN\nauthor:\towner\nlabels:\tbug\n/,
    )
    await gh.must('issue', 'comment', number, '--body', 'Seen.')
    await gh.must('issue', 'edit', number, '--title', 'The bug', '--add-label', 'question', '--remove-label', 'bug')
    expect(await gh.json('issue', 'view', number, '--json', 'title,labels,comments,assignees')).toMatchObject({
      title: 'The bug',
      labels: [{ name: 'question' }],
      comments: [{ author: { login: 'owner' }, body: 'Seen.' }],
      assignees: [{ login: 'owner' }],
    })
    expect(await gh.must('issue', 'list', '--search', 'breaks label:question')).toContain('The bug')
    expect(await gh.must('issue', 'status')).toMatch(/Issues assigned to you\n +\d+\tOPEN\tThe bug/)
    await gh.must('issue', 'close', number, '--reason', 'not planned', '--comment', 'Not now.')
    expect(await gh.must('issue', 'list')).toBe('')
    expect(await gh.must('issue', 'list', '--state', 'closed', '--assignee', '@me')).toMatch(
      /CLOSED\tThe bug\tquestion/,
    )
    await gh.must('issue', 'reopen', number)
    await gh.must('issue', 'delete', number, '--yes')
    expect(await gh.run('gh', ['issue', 'view', number])).toMatchObject({
      err: `GraphQL: Could not resolve to an issue or pull request with the number of ${number}. (repository.issue)`,
    })
  })

  test('a pull request from its branch to its merge', async () => {
    await gh.git('checkout', '--quiet', '-b', 'greet')
    await commit('page.txt', 'hello\n', 'Greet')
    await gh.git('push', '--quiet', '--set-upstream', 'origin', 'greet')
    const number = (await gh.must('pr', 'create', '--fill', '--label', 'enhancement')).split('/').at(-1) ?? ''
    expect(await gh.must('pr', 'list')).toMatch(new RegExp(`^${number}\tGreet\tgreet\tOPEN`))
    expect(await gh.must('pr', 'status')).toContain(`Created by you\n  #${number}  Greet [greet]`)
    expect(await gh.must('pr', 'diff')).toContain('+hello')
    expect(await gh.must('pr', 'diff', '--patch')).toContain('Subject: [PATCH] Greet')
    const status = (state: string) =>
      gh.must('api', `repos/{owner}/{repo}/statuses/${head}`, '-f', `state=${state}`, '-f', 'context=ci')
    const head = await gh.git('rev-parse', 'HEAD')
    await status('failure')
    expect(await gh.run('gh', ['pr', 'checks'])).toMatchObject({ code: 1, out: expect.stringMatching(/^ci\tfail\t/) })
    await status('success')
    expect(await gh.must('pr', 'checks', number)).toMatch(/^ci\tpass\t/)
    await gh.must('pr', 'review', number, '--comment', '--body', 'Fine.')
    await gh.must('pr', 'comment', number, '--body', 'Merging.')
    expect(await gh.must('pr', 'view', number, '--comments')).toMatch(/Fine\.[^]*Merging\.|Merging\.[^]*Fine\./)
    await gh.must('pr', 'merge', number, '--squash', '--delete-branch')
    expect(await gh.json('pr', 'view', number, '--json', 'state,additions,mergedBy,labels')).toMatchObject({
      state: 'MERGED',
      additions: 1,
      mergedBy: { login: 'owner' },
      labels: [{ name: 'enhancement' }],
    })
    expect(await gh.git('ls-remote', '--heads', 'origin')).toMatch(/^[0-9a-f]{40}\trefs\/heads\/main$/)
    expect(await gh.git('log', '-1', '--format=%s')).toBe(`Greet (#${number})`)
  })

  test('releases', async () => {
    const file = join(files, 'notes.txt')
    writeFileSync(file, 'the file')
    await gh.must('release', 'create', 'v1', file, '--title', 'One', '--notes', 'The first')
    expect(await gh.must('release', 'list')).toMatch(/^One\tLatest\tv1\t/)
    expect(await gh.must('release', 'view', 'v1')).toMatch(
      /tag:\tv1\ndraft:\tfalse\n[^]*asset:\tnotes\.txt\n--\nThe first/,
    )
    await gh.must('release', 'download', 'v1', '--dir', join(files, 'got'))
    expect(readFileSync(join(files, 'got/notes.txt'), 'utf8')).toBe('the file')
    await gh.must('release', 'edit', 'v1', '--draft')
    expect(await gh.must('release', 'list')).toMatch(/^One\tDraft\tv1\t/)
    await gh.must('release', 'upload', 'v1', file, '--clobber')
    await gh.must('release', 'delete', 'v1', '--yes', '--cleanup-tag')
    expect(await gh.must('release', 'list')).toBe('')
    expect(await gh.git('ls-remote', '--tags', 'origin')).toBe('')
  })

  test('workflows and their runs', async () => {
    expect(await gh.must('workflow', 'list')).toMatch(/^Deploy\tactive\t\d+$/)
    expect(await gh.run('gh', ['workflow', 'run', 'deploy.yml'])).toMatchObject({
      code: 1,
      err: expect.stringContaining("HTTP 422: Required input 'where' not provided"),
    })
    await gh.must('workflow', 'run', 'deploy.yml', '-f', 'where=here')
    // As at GitHub, a run is listed a moment after it was asked for.
    const run = await eventually(async () => {
      const [first] = await gh.json('run', 'list', '--workflow', 'deploy.yml', '--json', 'databaseId,event,headBranch')
      return first ?? null
    })
    expect(run).toMatchObject({ event: 'workflow_dispatch', headBranch: 'main' })
    const id = String(run.databaseId)
    expect(await gh.must('run', 'watch', id, '--interval', '1', '--exit-status')).toMatch(/✓ apply in \d+s/)
    expect(await gh.must('run', 'view', id)).toMatch(/✓ main Deploy · \d+/)
    expect(await gh.must('run', 'view', id, '--log')).toMatch(/^apply\t.*\tto here$/m)
    expect(await gh.must('workflow', 'view', 'deploy.yml')).toMatch(
      /Total runs 1\nRecent runs\ncompleted\tsuccess\tDeploy/,
    )
    expect(await gh.must('workflow', 'view', 'deploy.yml', '--yaml')).toBe(workflow.trim())
    await gh.must('run', 'rerun', id)
    await gh.must('run', 'cancel', id)
    expect((await gh.run('gh', ['run', 'watch', id, '--interval', '1', '--exit-status'])).code).toBe(1)
    expect(await gh.json('run', 'view', id, '--json', 'conclusion')).toEqual({ conclusion: 'cancelled' })
    await gh.must('workflow', 'disable', 'deploy.yml')
    expect(await gh.must('workflow', 'list', '--all')).toContain('disabled_manually')
  }, 40_000)

  test('labels', async () => {
    await gh.must('label', 'create', 'later', '--color', 'ABCDEF', '--description', 'Not now')
    expect(await gh.must('label', 'list', '--search', 'later')).toBe('later\tNot now\t#ABCDEF')
    expect((await gh.run('gh', ['label', 'create', 'later'])).err).toContain('already exists')
    await gh.must('label', 'edit', 'later', '--name', 'soon')
    await gh.must('label', 'delete', 'soon', '--yes')
    expect(await gh.json('label', 'list', '--json', 'name')).toHaveLength(9)
  })

  test('calls of its own, page after page', async () => {
    for (const name of ['a', 'b', 'c']) await gh.must('issue', 'create', '-t', name, '-b', '')
    const titles = await gh.must('api', '--paginate', 'repos/{owner}/{repo}/issues?per_page=1', '--jq', '.[].title')
    expect(titles.split('\n')).toEqual(['c', 'b', 'a'])
    const query = `query($endCursor: String) { repository(owner: "owner", name: "one") {
      issues(first: 2, after: $endCursor, states: OPEN) { nodes { title } pageInfo { hasNextPage endCursor } } } }`
    const path = '.data.repository.issues.nodes[].title'
    const again = await gh.must('api', 'graphql', '--paginate', '-f', `query=${query}`, '--jq', path)
    expect(again.split('\n')).toEqual(['a', 'b', 'c'])
    expect(await gh.run('gh', ['api', 'graphql', '-f', 'query={nope}'])).toMatchObject({
      code: 1,
      err: "gh: Field 'nope' doesn't exist on type 'Query'",
    })
    expect(await gh.run('gh', ['api', 'repos/owner/none'])).toMatchObject({ code: 1, err: 'gh: Not Found (HTTP 404)' })
    expect(await gh.must('search', 'issues', 'b', '--match', 'title')).toMatch(/^owner\/one\t\d+\topen\tb\t/)
  })

  test('secrets', async () => {
    await gh.must('secret', 'set', 'KEY', '--body', 'hidden')
    expect(await gh.must('secret', 'list')).toMatch(/^KEY\t/)
    await gh.must('secret', 'delete', 'KEY')
    expect(await gh.must('secret', 'list')).toBe('')
  })
})
