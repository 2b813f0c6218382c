import { GithubProvider } from '@cdktf/provider-github/lib/provider/index.js'
import type { App } from 'cdktf'
import { BaseStack } from './base.ts'
import { ProtectedRepository } from './constructs/protected-repository.ts'
import { declareActions } from './github/actions.ts'
import { declareEnvironments } from './github/environments.ts'
import { declarePlanning } from './github/planning.ts'
import { declareWebhook } from './github/webhook.ts'
import { declareWorkflows } from './github/workflows.ts'
import type { Settings } from './schema/settings.ts'

/** The repositories and all that belongs to them, but for the board: Terraform has no resource for Projects v2. */
export class GitHubStack extends BaseStack {
  constructor(app: App, settings: Settings) {
    super(app, 'github', settings)
    const { github, protectData, url } = settings
    // A repository may have any name but one with a colon.
    new GithubProvider(this, 'provider:github', { owner: github.owner })
    for (const wanted of github.repositories) {
      const place = new ProtectedRepository(this, wanted, protectData)
      const repository = place.repository.name
      declarePlanning(place, github.owner, repository, wanted)
      declareEnvironments(place, repository, wanted, github.environments)
      declareActions(this, place, repository, wanted)
      declareWebhook(this, place, repository, wanted, url)
      if (wanted.workflows) declareWorkflows(place, repository, wanted)
    }
  }
}
