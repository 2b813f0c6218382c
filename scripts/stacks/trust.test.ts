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
        events: ['pull_request'],
        scopes: ['state:throughline/*', 'deployments:write'],
        minutes: 30,
      },
      {
        repository: 'example/throughline',
        events: ['push'],
        ref: 'refs/heads/main',
        environment: 'production',
        scopes: ['state:throughline/*', 'deployments:write'],
        minutes: 60,
      },
    ],
  })
  expect(trustIn(checkSettings(withRepository({ trust: [] })))).toBe('')
})
