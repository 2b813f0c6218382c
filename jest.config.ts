import type { Config } from 'jest'

export default {
  runner: 'jest-light-runner',
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/.local/'],
  testTimeout: 30_000,
} satisfies Config
