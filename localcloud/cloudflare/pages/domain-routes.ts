import { randomUUID } from 'node:crypto'
import type { Context } from 'hono'
import { z } from 'zod'
import { readJson } from '../body.ts'
import type { Api, Cloud } from '../cloud.ts'
import { ok } from '../envelope.ts'
import * as refusals from './errors.ts'
import { pagesOf } from './paging.ts'
import { allProjects, keepProject, projectOf } from './queries.ts'
import type { Domain, Project } from './schema.ts'

const base = '/accounts/:account/pages/projects/:project/domains'
const NewDomain = z.object({ name: z.string().regex(/^([a-z0-9-]+\.)+[a-z0-9-]+$/i) })

/** Hostnames of a project: kept and given back as if they were proved. */
export function domainRoutes(api: Api, { store, now }: Cloud): void {
  const find = (c: Context): [Project, Domain] => {
    const project = projectOf(store, c.req.param('project') ?? '')
    const domain = project.details.domains.find(({ name }) => name === c.req.param('domain'))
    if (!domain) throw refusals.noDomain()
    return [project, domain]
  }
  api.get(base, (c) => {
    const { result, info } = pagesOf(c, projectOf(store, c.req.param('project')).details.domains.map(shown), 25)
    return ok(result, { info })
  })
  api.post(base, async (c) => {
    const project = projectOf(store, c.req.param('project'))
    const { name } = await readJson(c, NewDomain, refusals.badBody)
    const isTaken = allProjects(store).some(({ details }) => details.domains.some((domain) => domain.name === name))
    if (isTaken) throw refusals.domainTaken()
    const domain = { id: randomUUID(), name, created_on: new Date(now()).toISOString() }
    keep(project, [...project.details.domains, domain])
    return ok(shown(domain))
  })
  api.get(`${base}/:domain`, (c) => ok(shown(find(c)[1])))
  api.patch(`${base}/:domain`, (c) => ok(shown(find(c)[1])))
  api.delete(`${base}/:domain`, (c) => {
    const [project, { id }] = find(c)
    keep(
      project,
      project.details.domains.filter((domain) => domain.id !== id),
    )
    return ok(null)
  })

  function keep(project: Project, domains: Domain[]): void {
    keepProject(store, { ...project, details: { ...project.details, domains } })
  }
}

function shown({ id, name, created_on }: Domain): object {
  return {
    id,
    domain_id: id,
    name,
    status: 'active',
    verification_data: { status: 'active' },
    validation_data: { status: 'active', method: 'http' },
    zone_tag: '',
    certificate_authority: 'google',
    created_on,
  }
}
