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
    this.#actionsIdentity(settings, azure, group, place)
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

  /** Actions prove who they are by GitHub's own tokens: there is no client secret that could leak or expire. */
  #actionsIdentity({ project, github }: Settings, { deployFrom }: Azure, group: ResourceGroup, place: Place): void {
    const identity = new UserAssignedIdentity(this, 'actions', { ...place, name: `${project}-actions` })
    new RoleAssignment(this, 'actions-role', {
      scope: group.id,
      roleDefinitionName: 'Contributor',
      principalId: identity.principalId,
    })
    for (const { name } of github.repositories.filter(({ environments }) => environments.includes(deployFrom))) {
      new FederatedIdentityCredential(this, identifier('actions', name), {
        name: identifier(name.toLowerCase().replaceAll(/[._]/g, '-'), deployFrom.toLowerCase()),
        resourceGroupName: place.resourceGroupName,
        parentId: identity.id,
        issuer: 'https://token.actions.githubusercontent.com',
        subject: `repo:${github.owner}/${name}:environment:${deployFrom}`,
        audience: ['api://AzureADTokenExchange'],
      })
    }
    new TerraformOutput(this, 'actions_client_id', { value: identity.clientId, description: 'For azure/login.' })
  }
}
