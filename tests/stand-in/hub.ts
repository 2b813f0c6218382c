import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Octokit } from 'octokit'
import { startGithub } from '../../localcloud/github/server.ts'
import type { Github } from '../../localcloud/github/server.ts'
import { Folder } from './terraform.ts'

export type Resources = Record<string, Record<string, Record<string, unknown>>>

/** A GitHub with its owner's client, and folders in which terraform reaches it. */
export type Hub = {
  readonly github: Github
  readonly octokit: Octokit
  readonly folder: (resource: Resources, more?: object, token?: string) => Folder
}

/** Terraform's JSON for a GitHub. */
export function settings(resource: Resources, more: object = {}): object {
  const required_providers = { github: { source: 'integrations/github', version: '6.9.0' } }
  return { terraform: { required_providers }, provider: { github: [{}] }, resource, ...more }
}

/** One GitHub for a test file; stopped and removed at the end. */
export function startHub(): () => Hub {
  const data = mkdtempSync(join(tmpdir(), 'throughline-hub-'))
  const folders: Folder[] = []
  let github: Github | null = null
  beforeAll(async () => {
    github = await startGithub({ host: '127.0.0.1', port: 0, folder: data, path: process.env['PATH'] ?? '' })
  })
  afterAll(async () => {
    await github?.stop()
    for (const folder of folders) folder.remove()
    rmSync(data, { recursive: true, force: true, maxRetries: 5 })
  })
  return () => {
    if (!github) throw new Error('GitHub has not started.')
    const { url, token: own } = github
    const base = { baseUrl: `${url}/api/v3`, retry: { enabled: false }, throttle: { enabled: false } }
    return {
      github,
      octokit: new Octokit({ auth: own, ...base }),
      folder: (resource, more = {}, token = own) => {
        const made = new Folder({ GITHUB_BASE_URL: `${url}/`, GITHUB_TOKEN: token }).write(settings(resource, more))
        folders.push(made)
        return made
      },
    }
  }
}
