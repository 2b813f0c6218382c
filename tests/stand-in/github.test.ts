import { startHub } from './hub.ts'
import type { Resources } from './hub.ts'

const hub = startHub()
const repository = '${github_repository.shop.name}'

function everything(owner: string): Resources {
  return {
    github_repository: {
      shop: {
        name: 'shop',
        description: 'Sells things',
        visibility: 'private',
        auto_init: true,
        has_issues: true,
        topics: ['shop', 'terraform'],
        vulnerability_alerts: true,
      },
    },
    github_branch_default: { main: { repository, branch: 'main' } },
    github_branch_protection: {
      main: {
        repository_id: '${github_repository.shop.node_id}',
        pattern: 'main',
        // Whoever must use a pull request cannot write the file.
        depends_on: ['github_repository_file.workflow'],
        enforce_admins: true,
        required_pull_request_reviews: [{ required_approving_review_count: 2, dismiss_stale_reviews: true }],
        required_status_checks: [{ strict: true, contexts: ['plan', 'test'] }],
      },
    },
    github_issue_label: {
      // A new repository has this one already.
      bug: { repository, name: 'bug', color: 'd93f0b', description: 'Does not work' },
      infrastructure: { repository, name: 'infrastructure', color: '1d76db' },
    },
    github_repository_milestone: {
      first: { owner, repository, title: 'First', due_date: '2027-03-01' },
    },
    github_issue: {
      start: {
        repository,
        title: 'Begin',
        body: 'At the beginning.',
        labels: ['${github_issue_label.infrastructure.name}'],
        milestone_number: '${github_repository_milestone.first.number}',
      },
    },
    github_repository_webhook: {
      plane: {
        repository,
        events: ['push', 'issues'],
        configuration: [{ url: 'http://127.0.0.1:9/hook', content_type: 'json', secret: 'hook-hush' }],
      },
    },
    github_actions_secret: { token: { repository, secret_name: 'TOKEN', plaintext_value: 'action-hush' } },
    github_actions_variable: { place: { repository, variable_name: 'PLACE', value: 'weur' } },
    github_repository_environment: {
      production: {
        repository,
        environment: 'production',
        wait_timer: 5,
        reviewers: [{ users: ['${data.github_user.owner.id}'] }],
        deployment_branch_policy: [{ protected_branches: true, custom_branch_policies: false }],
      },
    },
    github_repository_file: {
      workflow: { repository, file: '.github/workflows/plan.yml', branch: 'main', content: 'on: push\n' },
    },
  }
}

describe('terraform on a local GitHub', () => {
  test('makes everything, finds nothing to do, sees what was done by hand, and takes everything away', async () => {
    const { octokit, github } = hub()
    const { owner } = github
    const place = { owner, repo: 'shop' }
    const folder = hub().folder(everything(owner), { data: { github_user: { owner: { username: owner } } } })
    await folder.do('init')
    expect(await folder.do('validate')).toContain('The configuration is valid')
    expect((await folder.plan()).output).toContain('Plan: 12 to add, 0 to change, 0 to destroy')
    const applied = await folder.apply()
    expect(applied).toContain('12 added')
    expect(applied).not.toMatch(/hook-hush|action-hush/)
    expect((await folder.plan()).output).toContain('No changes')

    const { data: made } = await octokit.rest.repos.get(place)
    expect(made).toMatchObject({ private: true, topics: ['shop', 'terraform'], has_wiki: false, has_issues: true })
    expect(folder.attributes('github_repository.shop')['http_clone_url']).toBe(made.clone_url)
    const { data: issue } = await octokit.rest.issues.get({ ...place, issue_number: 1 })
    expect(issue).toMatchObject({ title: 'Begin', labels: [{ name: 'infrastructure' }], milestone: { title: 'First' } })
    const { data: protection } = await octokit.rest.repos.getBranchProtection({ ...place, branch: 'main' })
    expect(protection).toMatchObject({
      required_pull_request_reviews: { required_approving_review_count: 2 },
      required_status_checks: { strict: true, contexts: ['plan', 'test'] },
    })

    await octokit.rest.issues.updateLabel({ ...place, name: 'bug', color: '000000' })
    await octokit.rest.issues.deleteLabel({ ...place, name: 'infrastructure' })
    await octokit.rest.repos.update({ ...place, has_wiki: true })
    await octokit.rest.repos.createOrUpdateEnvironment({ ...place, environment_name: 'production', wait_timer: 5 })
    const drift = await folder.plan()
    expect(drift.output).toMatch(/color\s+= "000000" -> "d93f0b"/)
    expect(drift.output).toMatch(/has_wiki\s+= true -> false/)
    expect(drift.output).toContain('github_issue_label.infrastructure will be created')
    expect(drift.output).toMatch(/\+ reviewers \{/)
    await folder.apply()
    expect((await folder.plan()).isEmpty).toBe(true)

    expect(await folder.do('destroy', '-auto-approve')).toContain('12 destroyed')
    await expect(octokit.rest.repos.get(place)).rejects.toMatchObject({ status: 404 })
  }, 120_000)
})
