import { environmentNamed } from '../deployments/queries.ts'
import { param } from '../front/routes.ts'
import { administer } from '../organizations/routes.ts'
import { found } from '../platform/problem.ts'
import { openRepository } from '../repositories/access.ts'
import { repositoryUrl } from '../repositories/present.ts'
import type { Call, World } from '../world.ts'

/** Where secrets and variables live: a repository, one of its environments, or an organisation. */
export type Scope = {
  /** The name under which they are stored. */
  readonly key: string
  readonly url: string
  readonly isOrganization: boolean
}

export type OpenScope = (world: World, c: Call) => Scope

export const ofRepository: OpenScope = (world, c) => {
  const repository = openRepository(world, c, 'write')
  return {
    key: `repository ${repository.id}`,
    url: `${repositoryUrl(world.site, repository)}/actions`,
    isOrganization: false,
  }
}

export const ofDependabot: OpenScope = (world, c) => {
  const repository = openRepository(world, c, 'write')
  return {
    key: `dependabot ${repository.id}`,
    url: `${repositoryUrl(world.site, repository)}/dependabot`,
    isOrganization: false,
  }
}

export const ofEnvironment: OpenScope = (world, c) => {
  const repository = openRepository(world, c, 'write')
  const environment = found(environmentNamed(world.store, repository.id, param(c, 'environment')))
  const url = `${repositoryUrl(world.site, repository)}/environments/${environment.name}`
  return { key: `environment ${environment.id}`, url, isOrganization: false }
}

export const ofOrganization: OpenScope = (world, c) => {
  const organization = administer(world, c)
  const url = `${world.site.api}/orgs/${organization.login}/actions`
  return { key: `organization ${organization.id}`, url, isOrganization: true }
}
