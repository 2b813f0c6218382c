import type { Facts } from './facts.ts'

/** What replaces (`ForceNew`). From memory of hashicorp/azurerm's documents, unread: nothing here depends on it but plans. */
export const azurermFacts: { readonly [type: string]: Facts } = {
  azurerm_resource_group: { replaces: ['name', 'location'] },
  azurerm_key_vault: { replaces: ['name', 'location', 'resource_group_name'] },
  azurerm_container_group: { replaces: ['name', 'location', 'resource_group_name', 'os_type'] },
  azurerm_user_assigned_identity: { replaces: ['name', 'location', 'resource_group_name'] },
  azurerm_federated_identity_credential: { replaces: ['name', 'resource_group_name', 'parent_id'] },
  azurerm_consumption_budget_resource_group: { replaces: ['name', 'resource_group_id'] },
}
