import { settings as example } from './settings.ts'
import { problems, withRepository } from './testing.ts'

/** The example with values that its type would not allow, by their paths; undefined takes one out. */
function broken(changes: Readonly<Record<string, unknown>>): unknown {
  const settings = structuredClone(example)
  for (const [path, value] of Object.entries(changes)) {
    const steps = path.split('.')
    const last = steps.pop() ?? ''
    const place = steps.reduce<Record<string, unknown>>((at, step) => at[step] as Record<string, unknown>, settings)
    if (value === undefined) delete place[last]
    else place[last] = value
  }
  return settings
}

const first = 'github.repositories.0'
const repository = 'github.repositories[0]'

test('the example is right', () => {
  expect(problems(example)).toEqual([])
})

test.each<[string, Readonly<Record<string, unknown>>, string]>([
  ['a misspelt key', { [`${first}.lables`]: [] }, `${repository}: there is no "lables"; did you mean "labels"?`],
  [
    'a key that is like none',
    { 'azure.budget.zzz': 1 },
    'azure.budget: there is no "zzz"; there is amount, from, emails.',
  ],
  ['a missing key', { 'cloudflare.accountId': undefined }, 'cloudflare.accountId: is missing.'],
  [
    'a wrong type',
    { [`${first}.protection.0.approvals`]: '1' },
    `${repository}.protection[0].approvals: Invalid input: expected number, received string`,
  ],
  [
    'a label twice',
    { [`${first}.labels.8`]: { name: 'azure', color: '0089D6' } },
    `${repository}.labels[8]: the label "azure" stands at [4] already; remove one.`,
  ],
  [
    'labels that GitHub takes for one',
    { [`${first}.labels.8`]: { name: 'Azure', color: '0089D6' } },
    `${repository}.labels[8]: the label "Azure" is too like "azure" at [4]; rename one.`,
  ],
  [
    'labels that Terraform takes for one',
    { [`${first}.labels.8`]: { name: 'priority-high', color: '0089D6' } },
    `${repository}.labels[8]: the label "priority-high" is too like "priority:high" at [6]; rename one.`,
  ],
  [
    'a colour with a hash',
    { [`${first}.labels.6.color`]: '#D93F0B' },
    `${repository}.labels[6].color: "#D93F0B" has a hash; write it without: D93F0B`,
  ],
  [
    'a colour that is a word',
    { [`${first}.labels.6.color`]: 'red' },
    `${repository}.labels[6].color: "red" is no colour; write six hexadecimal digits like D93F0B.`,
  ],
  [
    'a day that no calendar has',
    { [`${first}.milestones.0.due`]: '2026-02-30' },
    `${repository}.milestones[0].due: "2026-02-30" must be a day like 2026-12-31.`,
  ],
  [
    'a word that is not on the list',
    { [`${first}.visibility`]: 'publc' },
    `${repository}.visibility: there is no "publc"; did you mean "public"?`,
  ],
  [
    'a topic in capitals',
    { [`${first}.topics`]: ['My Topic'] },
    `${repository}.topics[0]: "My Topic" must be at most 50 lower-case letters, digits and hyphens.`,
  ],
  [
    'a record twice',
    { 'cloudflare.dns': [1, 2].map(() => ({ name: 'a', type: 'A', content: '192.0.2.1' })) },
    'cloudflare.dns[1]: the record "A a 192.0.2.1" stands at [0] already; remove one.',
  ],
  [
    'mail without a priority',
    { 'cloudflare.dns': [{ name: '@', type: 'MX', content: 'mx.example.com' }] },
    'cloudflare.dns[0].priority: is missing; mail goes to the lowest first.',
  ],
  [
    'an address with a query',
    { url: 'https://throughline.example.com/?a=1' },
    'url: must end before ? and #; the names of states are put behind it.',
  ],
  [
    'a variable whose name nothing could read',
    { [`${first}.variables`]: { 'worker url': 'x' } },
    `${repository}.variables.worker url: must be a name, never the value of a secret: capital letters, digits and _, not beginning with GITHUB_.`,
  ],
  [
    'a pattern that matches no branch',
    { [`${first}.protection.0.branches`]: 'release/*' },
    `${repository}.protection[0].branches: "release/*" matches no declared branch (main); correct it, or declare the branch in branches.`,
  ],
  [
    'an environment that is deployed from no branch of the repository',
    { 'github.environments.0.branches': ['trunk'] },
    `${repository}.environments[0]: in production, "trunk" matches no declared branch (main); correct it, or declare the branch in branches.`,
  ],
  [
    'an environment that is not declared',
    { [`${first}.environments`]: ['production', 'prodution'], [`${first}.trust`]: [] },
    `${repository}.environments[1]: no environment is called "prodution"; did you mean "production"?`,
  ],
  [
    'an environment in which nobody is somebody else',
    { 'github.environments.0': { name: 'production', branches: ['main'], preventSelfReview: true } },
    'github.environments[0].preventSelfReview: needs a reviewer who is somebody else; add reviewers, or remove it.',
  ],
  [
    'more reviewers than GitHub takes',
    { 'github.environments.0.reviewers': { users: [1, 2, 3, 4], teams: [5, 6, 7] } },
    'github.environments[0].reviewers: are 7; GitHub takes six people and teams at most.',
  ],
  [
    'runs of a branch that is not declared',
    { [`${first}.trust.1.branch`]: 'mian' },
    `${repository}.trust[1].branch: no branch is called "mian"; did you mean "main"?`,
  ],
  [
    'runs in an environment that is not declared',
    { [`${first}.trust.1.environment`]: 'prod' },
    `${repository}.trust[1].environment: the repository has no environment "prod"; did you mean "production"?`,
  ],
  [
    'runs of any branch',
    { [`${first}.trust.2.events`]: ['push'] },
    `${repository}.trust[2]: whoever may push a branch could use it; name a branch or an environment.`,
  ],
  [
    'a scope that no run is lent',
    { [`${first}.trust.1.scopes`]: ['admin'] },
    `${repository}.trust[1].scopes[0]: "admin" cannot be lent to a run; docs/running.md lists the scopes.`,
  ],
  [
    'an issue with a label that is not declared',
    { [`${first}.issues.0.labels`]: ['infrastucture'] },
    `${repository}.issues[0].labels[0]: no label is called "infrastucture"; did you mean "infrastructure"?`,
  ],
  [
    'an issue of no milestone',
    { [`${first}.milestones`]: [] },
    `${repository}.issues[0].milestone: no milestone is called "First deployment"; none is declared.`,
  ],
  [
    'workflows for a branch that nobody may push to',
    { [`${first}.protection.0.includeAdmins`]: true },
    `${repository}.workflows: cannot be committed to main, which includeAdmins closes to everybody; keep one of them.`,
  ],
  [
    'workflows that apply where nobody approves',
    { [`${first}.environments`]: [], [`${first}.trust`]: [] },
    `${repository}.workflows: apply in the environment "production", where people approve; add it to environments.`,
  ],
  [
    'domains without a zone',
    { 'cloudflare.zone': undefined, 'cloudflare.workerToken.zone': [] },
    'cloudflare.domains: needs a zone; add zone: { id, name } beside it, or remove the domains.',
  ],
  [
    'a domain of another zone',
    { 'cloudflare.domains.controlPlane': 'throughline.example.org', [`${first}.variables`]: {} },
    'cloudflare.domains.controlPlane: "throughline.example.org" is not in the zone example.com.',
  ],
  [
    'workflows that ask elsewhere for their token',
    { [`${first}.variables.WORKER_URL`]: 'https://throughline.example.com/' },
    `${repository}.variables.WORKER_URL: "https://throughline.example.com/" is not where the control plane answers; write https://throughline.example.com`,
  ],
  [
    'an address in place of a host',
    { 'cloudflare.domains.controlPlane': 'https://throughline.example.com' },
    'cloudflare.domains.controlPlane: "https://throughline.example.com" must be a host name like throughline.example.com, without https:// and path.',
  ],
  [
    'apps on one host',
    { 'cloudflare.domains.apps': 'apps.example.com' },
    'cloudflare.domains.apps: "apps.example.com" must begin with "*.": each app has a host of its own.',
  ],
  [
    'a door for nobody',
    { 'cloudflare.access': {} },
    'cloudflare.access: lets nobody in: name at least one of emails, emailDomains.',
  ],
  [
    'no address of the control plane',
    { 'cloudflare.domains': undefined, 'cloudflare.access': undefined },
    'url: is missing: say where the control plane answers, here or as cloudflare.domains.controlPlane.',
  ],
  [
    'a budget from the middle of a month',
    { 'azure.budget.from': '2026-12-05' },
    'azure.budget.from: "2026-12-05" must be the first day of a month.',
  ],
  [
    'a role with an unknown scope',
    { 'auth0.roles.0.scopes': ['raed'] },
    'auth0.roles[0].scopes[0]: no scope is called "raed"; did you mean "read"?',
  ],
])('says what to change of %s', (_, changes, message) => {
  expect(problems(broken(changes))).toEqual([message])
})

test('tells all problems at once, also beside a misspelt key', () => {
  const settings = broken({
    projct: 'x',
    [`${first}.labels.6.color`]: '#D93F0B',
    [`${first}.lables`]: [],
    [`${first}.protection.0.branches`]: 'mian',
    'azure.deployFrom': 'prod',
  })
  expect(problems(settings)).toEqual([
    `${repository}.labels[6].color: "#D93F0B" has a hash; write it without: D93F0B`,
    `${repository}: there is no "lables"; did you mean "labels"?`,
    `${repository}.protection[0].branches: "mian" matches no declared branch (main); correct it, or declare the branch in branches.`,
    'settings: there is no "projct"; did you mean "project"?',
    'azure.deployFrom: no environment is called "prod"; did you mean "production"?',
  ])
})

test.each(['hunter2-hunter2', `ghp_${'a1'.repeat(18)}`])('never repeats a secret, wherever it stands: %s', (value) => {
  const settings = withRepository({ secrets: [value, value], variables: { PLACE: `https://me:${value}@example.com` } })
  const told = problems(settings)
  expect(told.map((line) => line.split(':')[0])).toEqual(
    expect.arrayContaining([`${repository}.secrets[0]`, `${repository}.secrets[1]`, `${repository}.variables.PLACE`]),
  )
  expect(told).toHaveLength(3)
  expect(told.join('\n')).not.toContain(value)
})
