import type { Json } from '../../accounts/present.ts'
import { appById } from '../../apps/queries.ts'
import type { App } from '../../apps/schema.ts'
import { latestRuns, runsAt, runsOf, suiteById, suitesOf } from '../../checks/queries.ts'
import { stateOf, verdictOf } from '../../checks/schema.ts'
import type { CheckRun, CheckSuite } from '../../checks/schema.ts'
import { namedNodeId, nodeId } from '../../platform/ids.ts'
import { isoTime, isoTimeOrNull } from '../../platform/site.ts'
import type { Repository } from '../../repositories/schema.ts'
import { latestStatusesOf } from '../../statuses/queries.ts'
import { combined } from '../../statuses/schema.ts'
import type { Status } from '../../statuses/schema.ts'
import type { Graph } from '../graph.ts'
import { List, listOf } from '../lists.ts'
import { actor } from './conversation.ts'

/** What statuses and checks say about a commit. */
export function judgedFields(g: Graph, repository: Repository, sha: string): Json {
  const { store } = g.world
  return {
    status: () => statusNode(g, repository, sha),
    statusCheckRollup: () => rollupNode(g, repository, sha),
    checkSuites: () => listOf(suitesOf(store, repository.id, sha), (suite) => suiteNode(g, repository, suite)),
  }
}

function statusNode(g: Graph, repository: Repository, sha: string): Json | null {
  const statuses = latestStatusesOf(g.world.store, repository.id, sha)
  if (statuses.length === 0) return null
  return {
    __typename: 'Status',
    id: namedNodeId('StatusContext', repository.id, sha),
    state: combined(statuses.map(({ state }) => state)).toUpperCase(),
    commit: () => g.show.gitObject(g, repository, sha),
    contexts: () => statuses.map((status) => contextNode(g, repository, status)),
    context: ({ name }: { name: string }) => {
      const status = statuses.find(({ context }) => context === name)
      return status ? contextNode(g, repository, status) : null
    },
  }
}

export function contextNode(g: Graph, repository: Repository, status: Status): Json {
  return {
    __typename: 'StatusContext',
    id: nodeId('StatusContext', status.id),
    context: status.context,
    state: status.state.toUpperCase(),
    description: status.description,
    targetUrl: status.target_url,
    createdAt: isoTime(status.created_at),
    creator: () => actor(g, status.creator_id),
    commit: () => g.show.gitObject(g, repository, status.sha),
  }
}

/** Statuses and checks together, as a pull request shows them. */
export function rollupNode(g: Graph, repository: Repository, sha: string): Json | null {
  const { store } = g.world
  const runs = latestRuns(runsAt(store, repository.id, sha))
  const statuses = latestStatusesOf(store, repository.id, sha)
  if (runs.length + statuses.length === 0) return null
  const states = [...statuses.map(({ state }) => state), ...runs.map(stateOf)]
  return {
    __typename: 'StatusCheckRollup',
    id: namedNodeId('Commit', repository.id, sha),
    state: combined(states).toUpperCase(),
    commit: () => g.show.gitObject(g, repository, sha),
    contexts: () => {
      const entries = [
        ...runs.map((run) => ({ key: `run ${run.id}`, node: () => runNode(g, repository, run), edge: {} })),
        ...statuses.map((each) => ({
          key: `status ${each.id}`,
          node: () => contextNode(g, repository, each),
          edge: {},
        })),
      ]
      return new List(entries, { checkRunCount: runs.length, statusContextCount: statuses.length })
    },
  }
}

export function runNode(g: Graph, repository: Repository, run: CheckRun): Json {
  const path = `/${repository.full_name}/runs/${run.id}`
  const url = `${g.world.site.html}${path}`
  return {
    __typename: 'CheckRun',
    id: nodeId('CheckRun', run.id),
    databaseId: run.id,
    name: run.name,
    status: run.status.toUpperCase(),
    conclusion: run.conclusion?.toUpperCase() ?? null,
    detailsUrl: run.details_url ?? url,
    externalId: run.external_id,
    startedAt: isoTimeOrNull(run.started_at),
    completedAt: isoTimeOrNull(run.completed_at),
    permalink: url,
    url,
    resourcePath: path,
    title: run.output.title ?? null,
    summary: run.output.summary ?? null,
    text: run.output.text ?? null,
    repository: () => g.show.repository(g, repository),
    checkSuite: () => {
      const suite = suiteById(g.world.store, run.suite_id)
      return suite && suiteNode(g, repository, suite)
    },
  }
}

export function suiteNode(g: Graph, repository: Repository, suite: CheckSuite): Json {
  const { store, site } = g.world
  const runs = latestRuns(runsOf(store, suite.id))
  const { status, conclusion } = verdictOf(runs)
  const path = `/${repository.full_name}/commit/${suite.head_sha}/checks`
  return {
    __typename: 'CheckSuite',
    id: nodeId('CheckSuite', suite.id),
    databaseId: suite.id,
    status: status.toUpperCase(),
    conclusion: conclusion?.toUpperCase() ?? null,
    createdAt: isoTime(suite.created_at),
    updatedAt: isoTime(suite.updated_at),
    url: `${site.html}${path}`,
    resourcePath: path,
    app: () => {
      const app = appById(store, suite.app_id)
      return app && appNode(g, app)
    },
    branch: () => {
      const name = `refs/heads/${suite.head_branch ?? ''}`
      const sha = g.world.refs.get(repository.id, name)
      return sha === null ? null : g.show.ref(g, repository, { name, sha })
    },
    commit: () => g.show.gitObject(g, repository, suite.head_sha),
    repository: () => g.show.repository(g, repository),
    checkRuns: () => listOf(runs, (run) => runNode(g, repository, run)),
  }
}

function appNode(g: Graph, app: App): Json {
  const url = `${g.world.site.html}/apps/${app.slug}`
  return {
    __typename: 'App',
    id: nodeId('App', app.id),
    databaseId: app.id,
    clientId: app.client_id,
    name: app.name,
    slug: app.slug,
    description: app.description,
    createdAt: isoTime(app.created_at),
    updatedAt: isoTime(app.updated_at),
    logoBackgroundColor: 'ffffff',
    logoUrl: `${g.world.site.html}/avatars/in/${app.id}`,
    url,
  }
}
