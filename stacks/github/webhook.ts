import { RepositoryWebhook } from '@cdktf/provider-github/lib/repository-webhook/index.js'
import type { Construct } from 'constructs'
import type { BaseStack } from '../base.ts'
import type { Repository } from '../schema/github.ts'

/** What happens in a repository reaches the control plane, signed with a secret that both know. */
export function declareWebhook(
  stack: BaseStack,
  scope: Construct,
  repository: string,
  { webhook: events }: Repository,
  url: string,
): void {
  if (events.length === 0) return
  new RepositoryWebhook(scope, 'webhook', {
    repository,
    events,
    active: true,
    configuration: {
      url: `${url}/api/github/webhook`,
      contentType: 'json',
      insecureSsl: false,
      secret: stack.secret('github_webhook_secret', "The Worker's GITHUB_WEBHOOK_SECRET, which signs its deliveries"),
    },
  })
}
