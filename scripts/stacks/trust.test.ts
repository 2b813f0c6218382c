import { checkSettings } from '../../stacks/schema/settings.ts'
import { settings } from '../../stacks/settings.ts'
import { withRepository } from '../../stacks/testing.ts'
import { trustIn } from './trust.ts'

test('the settings bind which runs get a token, and nothing else does', () => {
  expect(JSON.parse(trustIn(checkSettings(settings)))).toEqual({
    audience: 'https://throughline.example.com',
    rules: [
      {
        repository: 'example/throughline',
        events: ['push', 'workflow_dispatch'],
        ref: 'refs/heads/main',
        environment: 'production',
        scopes: ['state:throughline/*', 'deployments:write', 'read'],
        minutes: 60,
      },
      {
        repository: 'example/throughline',
        events: ['push', 'workflow_dispatch', 'schedule'],
        ref: 'refs/heads/main',
        scopes: ['plan:throughline/*', 'deployments:write', 'read'],
        minutes: 60,
      },
      {
        repository: 'example/throughline',
        events: ['pull_request'],
        scopes: ['plan:throughline/*', 'deployments:write'],
        minutes: 30,
      },
    ],
  })
  expect(trustIn(checkSettings(withRepository({ trust: [] })))).toBe('')
})

test('a repository whose number is known is not trusted by its name alone', () => {
  const { rules } = JSON.parse(trustIn(checkSettings(withRepository({ id: 42 })))) as { rules: object[] }
  expect(rules).toHaveLength(3)
  for (const rule of rules) expect(rule).toMatchObject({ repository: 'example/throughline', repository_id: '42' })
})
