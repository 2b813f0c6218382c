import { readWorkflow, starts } from './workflow-file.ts'
import { readYaml } from './yaml.ts'

test('YAML is read as workflow files are written', () => {
  const text = `# Deploys
name: "Deploy: all" # on every push
on:
  push:
    branches: [main, 'release/**']
    paths-ignore:
    - docs/**
    - "*.md"
  workflow_dispatch:
    inputs:
      stage: { description: 'Where, exactly', required: true, default: test }
      dry: {type: boolean}
env:
  EMPTY:
jobs:
  plan:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - name: Apply
        run: |
          terraform init  # not a comment
          terraform apply

        env:
          A: 1
      - run: >
          one
          two
`
  expect(readYaml(text)).toEqual({
    name: 'Deploy: all',
    on: {
      push: { branches: ['main', 'release/**'], 'paths-ignore': ['docs/**', '*.md'] },
      workflow_dispatch: {
        inputs: {
          stage: { description: 'Where, exactly', required: true, default: 'test' },
          dry: { type: 'boolean' },
        },
      },
    },
    env: { EMPTY: null },
    jobs: {
      plan: {
        'runs-on': 'ubuntu-latest',
        steps: [
          { uses: 'actions/checkout@v4' },
          { name: 'Apply', run: 'terraform init  # not a comment\nterraform apply', env: { A: 1 } },
          { run: 'one two' },
        ],
      },
    },
  })
})

test.each(['', '\n---\n', 'on', ':', '- - a', 'a: [', '\0', 'x:\n y:\n  - z:\n', '{', '"'])(
  'odd text %j is read as something',
  (text) => {
    expect(() => readWorkflow(text)).not.toThrow()
  },
)

const push = (ref: string, paths: string[] | null = null) => ({ name: 'push', action: null, ref, paths })

test.each([
  ['on: push', push('refs/heads/any'), true],
  ['on: push', push('refs/tags/v1'), true],
  ['on: [pull_request]', push('refs/heads/any'), false],
  ['on: {push: {branches: [main]}}', push('refs/heads/main'), true],
  ['on: {push: {branches: [main]}}', push('refs/heads/other'), false],
  ['on: {push: {branches: [main]}}', push('refs/tags/main'), false],
  ['on: {push: {tags: ["v*"]}}', push('refs/tags/v1.0'), true],
  ['on: {push: {tags: ["v*"]}}', push('refs/heads/v1'), false],
  ["on: {push: {branches: ['**', '!main']}}", push('refs/heads/main'), false],
  ["on: {push: {branches-ignore: ['wip/**']}}", push('refs/heads/wip/a/b'), false],
  ["on: {push: {branches-ignore: ['wip/**']}}", push('refs/heads/main'), true],
  ["on: {push: {paths: ['infra/**']}}", push('refs/heads/main', ['infra/a/b.tf']), true],
  ["on: {push: {paths: ['infra/**']}}", push('refs/heads/main', ['README.md']), false],
  ["on: {push: {paths-ignore: ['docs/**']}}", push('refs/heads/main', ['docs/a', 'b']), true],
  ["on: {push: {paths-ignore: ['docs/**']}}", push('refs/heads/main', ['docs/a']), false],
  ['on: pull_request', { name: 'pull_request', action: 'opened', ref: 'refs/heads/main', paths: null }, true],
  ['on: pull_request', { name: 'pull_request', action: 'labeled', ref: 'refs/heads/main', paths: null }, false],
  ['on: {issues: {types: [closed]}}', { name: 'issues', action: 'closed', ref: 'refs/heads/main', paths: null }, true],
  ['on: {issues: {types: [closed]}}', { name: 'issues', action: 'opened', ref: 'refs/heads/main', paths: null }, false],
])('%s at %j: %j', (text, occasion, expected) => {
  expect(starts(readWorkflow(text), occasion)).toBe(expected)
})
