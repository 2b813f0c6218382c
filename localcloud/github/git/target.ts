/** What git asks for over HTTP. Everything that follows goes by this, never by the address as it was written. */
export type Target = {
  readonly owner: string
  readonly name: string
  /** Null for clients that know only the old protocol of plain files. */
  readonly service: Service | null
  /** Whether it only asks which refs there are, before the service itself. */
  readonly asks: boolean
}

type Service = 'git-upload-pack' | 'git-receive-pack'

const paths = /^\/([^/]+)\/([^/]+?)(?:\.git)?\/(?:(info\/refs)|git-upload-pack|(git-receive-pack))$/

/** Reads an address; null when it is none of git's. */
export function targetOf(url: string): Target | null {
  const cut = url.indexOf('?')
  const path = decoded(cut < 0 ? url : url.slice(0, cut))
  const [match, owner = '', name = '', asks, push] = paths.exec(path) ?? []
  if (match === undefined) return null
  const own: Service = push === undefined ? 'git-upload-pack' : 'git-receive-pack'
  const service = asks === undefined ? own : serviceIn(cut < 0 ? '' : url.slice(cut + 1))
  return { owner, name, service, asks: asks !== undefined }
}

/** Two services are none: nobody can be right about which of them counts. */
function serviceIn(query: string): Service | null {
  const [service, ...others] = new URLSearchParams(query).getAll('service')
  if (others.length > 0) return null
  return service === 'git-upload-pack' || service === 'git-receive-pack' ? service : null
}

export function isPush({ service }: Target): boolean {
  return service === 'git-receive-pack'
}

/** The path below the repository, as git itself writes it. */
export function pathOf({ service, asks }: Target): string {
  return asks ? 'info/refs' : (service ?? '')
}

export function queryOf({ service, asks }: Target): string {
  return asks && service !== null ? `service=${service}` : ''
}

/** Why a call cannot be meant for git, whoever calls. */
export function formRefusalOf({ service, asks }: Target, method = 'GET'): [number, string] | null {
  if (service === null) return [403, 'Please upgrade your git client.']
  const methods = asks ? ['GET', 'HEAD'] : ['POST']
  return methods.includes(method) ? null : [405, 'Method Not Allowed']
}

/** What cannot be decoded is no path of a repository. */
function decoded(path: string): string {
  try {
    return decodeURI(path)
  } catch {
    return ''
  }
}
