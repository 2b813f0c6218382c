import { ActionsSecret } from '@cdktf/provider-github/lib/actions-secret/index.js'
import { ActionsVariable } from '@cdktf/provider-github/lib/actions-variable/index.js'
import type { Construct } from 'constructs'
import type { BaseStack } from '../base.ts'
import { identifier } from '../identifier.ts'
import type { Repository } from '../schema/github.ts'

/** What workflows read: secrets, whose values come from variables of Terraform, and variables. */
export function declareActions(stack: BaseStack, scope: Construct, repository: string, wanted: Repository): void {
  for (const secretName of wanted.secrets) {
    new ActionsSecret(scope, identifier('secret', secretName), {
      repository,
      secretName,
      plaintextValue: stack.secret(secretName.toLowerCase(), `The Actions secret ${secretName}`),
    })
  }
  for (const [variableName, value] of Object.entries(wanted.variables))
    new ActionsVariable(scope, identifier('variable', variableName), { repository, variableName, value })
}
