import { patternFault } from './repository-rules.ts'
import { suggestion } from './section.ts'

type Report = (path: readonly (string | number)[], message: string) => void

type Repository = {
  readonly defaultBranch: string
  readonly branches: readonly string[]
  readonly environments: readonly string[]
  readonly variables: Readonly<Record<string, string>>
}

type Settings = {
  readonly url?: string
  readonly cloudflare: { readonly domains?: { readonly controlPlane: string } }
  readonly github: {
    readonly environments: readonly { readonly name: string; readonly branches: readonly string[] }[]
    readonly repositories: readonly Repository[]
  }
  readonly azure?: { readonly deployFrom: string }
  readonly auth0?: {
    readonly api: { readonly scopes: readonly { readonly name: string }[] }
    readonly roles: readonly { readonly scopes: readonly string[] }[]
  }
}

/** What one part of the settings says of another must hold. */
export function judgeTogether(settings: Settings, report: Report): void {
  if (settings.url === undefined && !settings.cloudflare.domains)
    report(['url'], 'is missing: say where the control plane answers, here or as cloudflare.domains.controlPlane.')
  settings.github.repositories.forEach((repository, index) => judgeEnvironments(repository, index, settings, report))
  judgeAddresses(settings, report)
  judgeAzure(settings, report)
  judgeRoles(settings, report)
}

function judgeEnvironments(repository: Repository, index: number, { github }: Settings, report: Report): void {
  const known = github.environments.map(({ name }) => name)
  repository.environments.forEach((name, at) => {
    const place = ['github', 'repositories', index, 'environments', at]
    const environment = github.environments.find((each) => each.name === name)
    if (!environment) return report(place, `no environment is called "${name}"${suggestion(name, known)}`)
    for (const pattern of environment.branches) {
      const fault = patternFault(pattern, repository)
      if (fault !== null) report(place, `in ${name}, ${fault}`)
    }
  })
}

/** Workflows ask for a token there, and the Worker takes no other address for its own. A shell that names one is left alone. */
function judgeAddresses({ url, cloudflare: { domains }, github }: Settings, report: Report): void {
  // What is no host is told where it stands.
  if (url !== undefined || !domains || domains.controlPlane.includes('/')) return
  const own = `https://${domains.controlPlane}`
  github.repositories.forEach(({ variables: { WORKER_URL: told = own } }, index) => {
    const place = ['github', 'repositories', index, 'variables', 'WORKER_URL']
    if (told !== own) report(place, `"${told}" is not where the control plane answers; write ${own}`)
  })
}

function judgeAzure({ azure, github }: Settings, report: Report): void {
  if (!azure) return
  const known = github.environments.map(({ name }) => name)
  if (!known.includes(azure.deployFrom))
    report(
      ['azure', 'deployFrom'],
      `no environment is called "${azure.deployFrom}"${suggestion(azure.deployFrom, known)}`,
    )
}

function judgeRoles({ auth0 }: Settings, report: Report): void {
  if (!auth0) return
  const known = auth0.api.scopes.map(({ name }) => name)
  auth0.roles.forEach((role, index) => {
    role.scopes.forEach((scope, at) => {
      if (!known.includes(scope))
        report(['auth0', 'roles', index, 'scopes', at], `no scope is called "${scope}"${suggestion(scope, known)}`)
    })
  })
}
