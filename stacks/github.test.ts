import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { edited, resources, synthesised, withRepository } from './testing.ts'

const github = synthesised().documents['github']
const root = join(import.meta.dirname, '..')

test('a repository that exists is adopted, a new one is made with a first commit', () => {
  expect(github?.import).toEqual([{ to: expect.stringMatching(/^github_repository\.throughline_/), id: 'throughline' }])
  expect(resources(github, 'github_repository')).toMatchObject([{ name: 'throughline', auto_init: false }])
  const document = synthesised(withRepository({ existing: false })).documents['github']
  expect(document?.import).toEqual([])
  expect(resources(document, 'github_repository')).toMatchObject([{ auto_init: true }])
})

test('each repository that exists is adopted', () => {
  const two = edited(({ github: { repositories } }) => repositories.push({ name: 'other', existing: true }))
  expect(synthesised(two).documents['github']?.import).toMatchObject([{ id: 'throughline' }, { id: 'other' }])
})

test('a repository is not deleted by a slip', () => {
  expect(resources(github, 'github_repository')).toMatchObject([
    { archive_on_destroy: true, lifecycle: { prevent_destroy: true } },
  ])
})

test('the default branch is protected as the settings say', () => {
  expect(resources(github, 'github_branch_default')).toMatchObject([{ branch: 'main' }])
  expect(resources(github, 'github_branch_protection')).toMatchObject([
    {
      repository_id: expect.stringMatching(/^\$\{github_repository\.throughline_repository_\w+\.node_id\}$/),
      pattern: 'main',
      required_pull_request_reviews: [{ dismiss_stale_reviews: true, required_approving_review_count: 0 }],
      required_status_checks: [{ strict: true, contexts: ['test'] }],
    },
  ])
})

test('labels that others made are left alone', () => {
  expect(Object.keys(github?.resource ?? {})).not.toContain('github_issue_labels')
  const labels = resources(github, 'github_issue_label').map(({ name, color }) => `${String(name)} ${String(color)}`)
  expect(labels.toSorted()).toEqual([
    'auth0 EB5424',
    'azure 0089D6',
    'cloudflare F38020',
    'deployment 1D76DB',
    'infrastructure 0052CC',
    'priority:high D93F0B',
    'priority:low 0E8A16',
    'terraform 5319E7',
  ])
})

test('nothing of the boards that GitHub has taken away is declared', () => {
  expect(Object.keys(github?.resource ?? {}).filter((type) => type.includes('project'))).toEqual([])
})

test('an issue is made once, with its milestone, and then left to people', () => {
  expect(resources(github, 'github_issue')).toMatchObject([
    {
      title: 'Deploy the control plane',
      milestone_number: expect.stringMatching(/^\$\{github_repository_milestone\..+\.number\}$/),
      lifecycle: { ignore_changes: 'all' },
    },
  ])
})

test('the control plane is told what happens, signed', () => {
  expect(resources(github, 'github_repository_webhook')).toMatchObject([
    {
      active: true,
      events: expect.arrayContaining(['push', 'pull_request', 'issues', 'release']),
      configuration: {
        url: 'https://throughline.example.com/api/github/webhook',
        content_type: 'json',
        insecure_ssl: false,
        secret: '${var.github_webhook_secret}',
      },
    },
  ])
})

test('the values of Actions secrets come from sensitive variables, one for each name', () => {
  expect(resources(github, 'github_actions_secret')).toMatchObject([
    { secret_name: 'AZURE_CREDENTIALS', plaintext_value: '${var.azure_credentials}' },
    { secret_name: 'CLOUDFLARE_API_TOKEN', plaintext_value: '${var.cloudflare_api_token}' },
  ])
  const variables = Object.values(github?.variable ?? {})
  expect(variables).toHaveLength(3)
  for (const variable of variables) expect(variable).toMatchObject({ sensitive: true, nullable: false, type: 'string' })
  for (const variable of variables) expect(variable).not.toHaveProperty('default')
})

test('the same secret in two repositories is one variable', () => {
  const two = edited(({ github: { repositories } }) => {
    repositories.push({ name: 'other', secrets: ['CLOUDFLARE_API_TOKEN'] })
  })
  const document = synthesised(two).documents['github']
  expect(resources(document, 'github_actions_secret')).toHaveLength(3)
  expect(Object.keys(document?.variable ?? {})).toHaveLength(3)
})

test('production is deployed from main only, and somebody approves it', () => {
  expect(resources(github, 'github_repository_environment')).toMatchObject([
    {
      environment: 'production',
      reviewers: [{ users: [583231], teams: [] }],
      deployment_branch_policy: { custom_branch_policies: true, protected_branches: false },
    },
  ])
  expect(resources(github, 'github_repository_environment_deployment_policy')).toMatchObject([
    { branch_pattern: 'main' },
  ])
})

test('the workflows are those of this repository, and Terraform reads no expression into them', () => {
  const files = resources(github, 'github_repository_file')
  expect(files.map(({ file }) => file)).toEqual([
    '.github/workflows/apply.yml',
    '.github/workflows/drift.yml',
    '.github/workflows/plan.yml',
  ])
  for (const { file, content } of files) {
    expect(String(content)).not.toMatch(/(?<!\$)\$\{/)
    expect(String(content).replaceAll('$${', () => '${')).toBe(readFileSync(join(root, String(file)), 'utf8'))
  }
})

test('what is applied is the default branch, whatever its name', () => {
  const other = edited(({ github: { environments = [], repositories } }) => {
    for (const environment of environments) environment.branches = ['release/$1']
    for (const each of repositories)
      Object.assign(each, { defaultBranch: 'release/$1', protection: [{ branches: 'release/$1' }], trust: [] })
  })
  const files = resources(synthesised(other).documents['github'], 'github_repository_file')
  expect(files.map(({ content }) => /branches: .*/.exec(String(content))?.[0])).toEqual([
    'branches: ["release/$1"]',
    undefined,
    undefined,
  ])
})

test('no two things are one, however they are called', () => {
  const alike = edited(({ github: { environments = [], repositories } }) => {
    environments.push({ name: 'prod', branches: ['eu-main'] }, { name: 'prod-eu', branches: ['main', 'eu-main'] })
    const [first] = repositories
    if (first) Object.assign(first, { branches: ['eu-main'], environments: ['production', 'prod', 'prod-eu'] })
    for (const name of ['github', 'github_webhook_secret', 'role', 'x', 'pulls-x'])
      repositories.push({ name, environments: ['production'] })
  })
  const { github: stack, azure } = synthesised(alike).documents
  expect(resources(stack, 'github_repository')).toHaveLength(6)
  expect(resources(stack, 'github_repository_environment_deployment_policy')).toHaveLength(9)
  expect(Object.keys(stack?.variable ?? {})).toContain('github_webhook_secret')
  expect(resources(azure, 'azurerm_federated_identity_credential')).toHaveLength(18)
})

test('one workflow is committed after the other', () => {
  const [apply, drift, plan] = resources(github, 'github_repository_file')
  expect(plan?.['depends_on']).toEqual([])
  expect(apply?.['depends_on']).toEqual([expect.stringMatching(/^github_repository_file\.\w+workflow-plan_\w+$/)])
  expect(drift?.['depends_on']).toEqual([expect.stringMatching(/^github_repository_file\.\w+workflow-apply_\w+$/)])
})

test('a text of the settings is only text to Terraform', () => {
  const tricky = withRepository({ issues: [{ title: 'A', body: 'Use ${var.x} and %{ if y }.' }] })
  expect(resources(synthesised(tricky).documents['github'], 'github_issue')).toMatchObject([
    { body: 'Use $${var.x} and %%{ if y }.' },
  ])
})
