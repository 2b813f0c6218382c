import { z } from 'zod'
import { Refusal } from '../../embedded/refusal.ts'
import type { Ask } from './graphql.ts'

/** A board as the settings want it. */
export type Board = {
  readonly title: string
  readonly description?: string | undefined
  readonly columns: readonly string[]
}

const Project = z.object({
  id: z.string(),
  title: z.string(),
  shortDescription: z.string().nullable(),
  items: z.object({ totalCount: z.int() }),
  repositories: z.object({ nodes: z.array(z.object({ name: z.string() })) }),
  field: z.object({ id: z.string(), options: z.array(z.object({ name: z.string() })) }),
})
type Project = z.output<typeof Project>

const Owner = z.object({
  repositoryOwner: z.object({ id: z.string(), projectsV2: z.object({ nodes: z.array(Project) }) }).nullable(),
})
const find = `query ($owner: String!, $title: String!) {
  repositoryOwner(login: $owner) {
    id
    ... on ProjectV2Owner {
      projectsV2(first: 100, query: $title) {
        nodes {
          id title shortDescription
          items(first: 1) { totalCount }
          repositories(first: 100) { nodes { name } }
          field(name: "Status") { ... on ProjectV2SingleSelectField { id options { name } } }
        }
      }
    }
  }
}`

const create = `mutation ($owner: ID!, $title: String!) {
  createProjectV2(input: { ownerId: $owner, title: $title }) { projectV2 { id } }
}`
const describe = `mutation ($project: ID!, $description: String!) {
  updateProjectV2(input: { projectId: $project, shortDescription: $description }) { projectV2 { id } }
}`
const arrange = `mutation ($field: ID!, $options: [ProjectV2SingleSelectFieldOptionInput!]) {
  updateProjectV2Field(input: { fieldId: $field, singleSelectOptions: $options }) { clientMutationId }
}`
const link = `mutation ($project: ID!, $repository: ID!) {
  linkProjectV2ToRepository(input: { projectId: $project, repositoryId: $repository }) { clientMutationId }
}`
const Repository = z.object({ repository: z.object({ id: z.string() }) })
const findRepository = 'query ($owner: String!, $name: String!) { repository(owner: $owner, name: $name) { id } }'

/** What has to be done to a board that is there. */
export type Changes = {
  readonly description: string | null
  readonly columns: 'as wanted' | 'arrange' | 'leave to people'
  readonly links: readonly string[]
}

/** GitHub replaces columns as a whole, and what stood in them would stand nowhere: a board in use is left alone. */
export function decideChanges(board: Board, project: Project, repositories: readonly string[]): Changes {
  const { description = '', columns } = board
  const there = project.field.options.map(({ name }) => name)
  const linked = new Set(project.repositories.nodes.map(({ name }) => name))
  const isArranged = there.length === columns.length && there.every((name, at) => name === columns[at])
  const arranging = project.items.totalCount === 0 ? 'arrange' : 'leave to people'
  return {
    description: (project.shortDescription ?? '') === description ? null : description,
    columns: isArranged ? 'as wanted' : arranging,
    links: repositories.filter((name) => !linked.has(name)),
  }
}

/** Makes the board as the settings want it; a second time changes nothing. @returns what there is to say. */
export async function ensureBoard(
  ask: Ask,
  owner: string,
  board: Board,
  repositories: readonly string[],
): Promise<string> {
  const found = await projectOf(ask, owner, board.title)
  const project = found.project ?? (await makeProject(ask, owner, board.title, found.ownerId))
  const changes = decideChanges(board, project, repositories)
  if (changes.description !== null)
    await ask(z.unknown(), describe, { project: project.id, description: changes.description })
  if (changes.columns === 'arrange')
    await ask(z.unknown(), arrange, { field: project.field.id, options: optionsOf(board.columns) })
  for (const name of changes.links) {
    const { repository } = await ask(Repository, findRepository, { owner, name })
    await ask(z.unknown(), link, { project: project.id, repository: repository.id })
  }
  return summary(board, found.project === null, changes)
}

async function makeProject(ask: Ask, owner: string, title: string, ownerId: string): Promise<Project> {
  await ask(z.unknown(), create, { owner: ownerId, title })
  const { project } = await projectOf(ask, owner, title)
  if (!project) throw new Refusal(`GitHub has made the board "${title}", but does not list it; deploy once more.`)
  return project
}

async function projectOf(ask: Ask, owner: string, title: string) {
  const { repositoryOwner } = await ask(Owner, find, { owner, title })
  if (!repositoryOwner) throw new Refusal(`GitHub knows no owner "${owner}".`)
  const project = repositoryOwner.projectsV2.nodes.find((each) => each.title === title) ?? null
  return { ownerId: repositoryOwner.id, project }
}

const colours = ['GRAY', 'BLUE', 'YELLOW', 'GREEN', 'PURPLE', 'ORANGE', 'PINK', 'RED'] as const

function optionsOf(columns: readonly string[]) {
  return columns.map((name, at) => ({ name, description: '', color: colours[at % colours.length] }))
}

function summary({ title, columns }: Board, isNew: boolean, changes: Changes): string {
  if (changes.columns === 'leave to people')
    return `The board "${title}" has other columns, and items in them; arrange them by hand: ${columns.join(', ')}.`
  const isSame = !isNew && changes.columns === 'as wanted' && changes.description === null && changes.links.length === 0
  return `The board "${title}" ${isSame ? 'is as wanted' : isNew ? 'has been made' : 'has been changed'}.`
}
