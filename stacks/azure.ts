import { ConsumptionBudgetResourceGroup } from '@cdktf/provider-azurerm/lib/consumption-budget-resource-group/index.js'
import { ContainerGroup } from '@cdktf/provider-azurerm/lib/container-group/index.js'
import { FederatedIdentityCredential } from '@cdktf/provider-azurerm/lib/federated-identity-credential/index.js'
import { KeyVault } from '@cdktf/provider-azurerm/lib/key-vault/index.js'
import { AzurermProvider } from '@cdktf/provider-azurerm/lib/provider/index.js'
import { ResourceGroup } from '@cdktf/provider-azurerm/lib/resource-group/index.js'
import { RoleAssignment } from '@cdktf/provider-azurerm/lib/role-assignment/index.js'
import { UserAssignedIdentity } from '@cdktf/provider-azurerm/lib/user-assigned-identity/index.js'
import { TerraformOutput } from 'cdktf'
import type { App } from 'cdktf'
import { BaseStack } from './base.ts'
import { identifier } from './identifier.ts'
import { tagsOf } from './policies/tags.ts'
import type { Azure } from './schema/azure.ts'
import type { Settings } from './schema/settings.ts'

/** Where every resource of the group stands, and what it is tagged with. */
type Place = {
  readonly resourceGroupName: string
  readonly location: string
  readonly tags: Record<string, string>
}

export class AzureStack extends BaseStack {
  constructor(app: App, settings: Settings, azure: Azure) {
    super(app, 'azure', settings)
    const { subscriptionId, location, resourceGroup: name } = azure
    const tags = tagsOf(settings)
    new AzurermProvider(this, 'azurerm', { subscriptionId, tenantId: azure.tenantId, features: [{}] })
    const group = new ResourceGroup(this, 'group', { name, location, tags })
    const place = { resourceGroupName: group.name, location, tags }
    this.#keyVault(settings, azure, place)
    this.#connector(settings, azure, place)
    this.#budget(settings, azure, group)
    this.#actionsIdentities(settings, azure, group, place)
  }

  #keyVault({ protectData }: Settings, { keyVault: name, tenantId }: Azure, place: Place): void {
    new KeyVault(this, 'key-vault', {
      ...place,
      name,
      tenantId,
      skuName: 'standard',
      rbacAuthorizationEnabled: true,
      purgeProtectionEnabled: true,
      softDeleteRetentionDays: 90,
      lifecycle: { preventDestroy: protectData },
    })
  }

  /** Joins the network to Cloudflare from inside, so that nothing there listens to the internet. */
  #connector({ project }: Settings, { connector }: Azure, place: Place): void {
    if (!connector) return
    const token = this.secret('connector_token', 'The token of the Cloudflare tunnel that the connector serves')
    new ContainerGroup(this, 'connector', {
      ...place,
      name: `${project}-connector`,
      osType: 'Linux',
      ipAddressType: 'None',
      restartPolicy: 'Always',
      container: [
        {
          name: 'connector',
          image: connector.image,
          cpu: connector.cpu,
          memory: connector.memoryGb,
          commands: ['cloudflared', 'tunnel', '--no-autoupdate', 'run'],
          secureEnvironmentVariables: { TUNNEL_TOKEN: token },
        },
      ],
    })
  }

  #budget({ project }: Settings, { budget }: Azure, group: ResourceGroup): void {
    if (!budget) return
    const { amount, emails } = budget
    const notice = { enabled: true, operator: 'GreaterThan', contactEmails: emails }
    new ConsumptionBudgetResourceGroup(this, 'budget', {
      name: `${project}-budget`,
      resourceGroupId: group.id,
      amount,
      timeGrain: 'Monthly',
      timePeriod: { startDate: `${budget.from}T00:00:00Z` },
      notification: [
        { ...notice, threshold: 80, thresholdType: 'Actual' },
        { ...notice, threshold: 100, thresholdType: 'Forecasted' },
      ],
    })
  }

  /**
   * Actions prove who they are by GitHub's own tokens: there is no client secret that could leak or expire. Who plans is in
   * no environment, and only reads.
   */
  #actionsIdentities(settings: Settings, { deployFrom }: Azure, group: ResourceGroup, place: Place): void {
    const { owner, repositories } = settings.github
    const applying = this.#identity('actions', 'Contributor', settings, group, place)
    const planning = this.#identity('plans', 'Reader', settings, group, place)
    for (const { name, defaultBranch } of repositories.filter(({ environments }) =>
      environments.includes(deployFrom),
    )) {
      const runs = `repo:${owner}/${name}`
      const own = name.toLowerCase().replaceAll(/[._]/g, '-')
      applying(
        identifier('applies', name),
        identifier(own, deployFrom.toLowerCase()),
        `${runs}:environment:${deployFrom}`,
      )
      planning(identifier('pulls', name), identifier(own, 'pulls'), `${runs}:pull_request`)
      planning(identifier('pushes', name), identifier(own, 'pushes'), `${runs}:ref:refs/heads/${defaultBranch}`)
    }
  }

  /** An identity with a role on the group. @returns what trusts runs, which GitHub describes by a subject, to be it */
  #identity(
    id: 'actions' | 'plans',
    roleDefinitionName: string,
    settings: Settings,
    group: ResourceGroup,
    place: Place,
  ) {
    const made = new UserAssignedIdentity(this, id, { ...place, name: `${settings.project}-${id}` })
    const principalId = made.principalId
    new RoleAssignment(this, `${id}-role`, { scope: group.id, roleDefinitionName, principalId })
    new TerraformOutput(this, `${id}_client_id`, { value: made.clientId, description: `ARM_CLIENT_ID of ${id}.` })
    const trusted: FederatedIdentityCredential[] = []
    return (credentialId: string, name: string, subject: string): void => {
      const credential = new FederatedIdentityCredential(this, credentialId, {
        name,
        resourceGroupName: place.resourceGroupName,
        parentId: made.id,
        issuer: 'https://token.actions.githubusercontent.com',
        subject,
        audience: ['api://AzureADTokenExchange'],
        // Azure refuses two at a time for one identity.
        dependsOn: trusted.slice(-1),
      })
      trusted.push(credential)
    }
  }
}
