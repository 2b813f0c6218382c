import type { Hub } from './hub.ts'

type Option = { readonly id: string; readonly name: string; readonly color: string; readonly description: string }
export type Field = { readonly id: string; readonly name: string; readonly options?: readonly Option[] }

/** What a test wants to know of a project's fields. */
export const fieldParts =
  '... on ProjectV2FieldCommon { id name } ... on ProjectV2SingleSelectField { options { id name color description } }'

export const setValue = `mutation ($input: UpdateProjectV2ItemFieldValueInput!) {
  updateProjectV2ItemFieldValue(input: $input) { projectV2Item { id } }
}`

/** Makes a project of the owner. */
export async function newBoard(hub: Hub, title: string) {
  const { data: viewer } = await hub.graphql('{ viewer { id } }')
  const { data } = await hub.graphql(
    `mutation ($ownerId: ID!, $title: String!) {
      createProjectV2(input: { ownerId: $ownerId, title: $title }) {
        projectV2 { id number title url closed public fields(first: 20) { nodes { ${fieldParts} } } }
      }
    }`,
    { ownerId: viewer.viewer.id, title },
  )
  const { fields, ...project } = data.createProjectV2.projectV2
  const found: readonly Field[] = fields.nodes
  const field = (name: string): Field => {
    const [wanted] = found.filter((each) => each.name === name)
    if (!wanted) throw new Error(`The project has no field ${name}.`)
    return wanted
  }
  return { ...project, field, fields: found }
}

/** Makes an issue, and its repository when that is new. */
export async function newIssue(hub: Hub, repo: string, title: string) {
  const known = await hub.octokit.rest.repos.get({ owner: 'owner', repo }).catch(() => null)
  if (!known) await hub.octokit.rest.repos.createForAuthenticatedUser({ name: repo })
  const more = { labels: ['infrastructure'], assignees: ['owner'] }
  return (await hub.octokit.rest.issues.create({ owner: 'owner', repo, title, ...more })).data
}

/** Puts an issue on a board. */
export async function addItem(hub: Hub, projectId: string, contentId: string): Promise<string> {
  const { data } = await hub.graphql(
    'mutation ($input: AddProjectV2ItemByIdInput!) { addProjectV2ItemById(input: $input) { item { id } } }',
    { input: { projectId, contentId } },
  )
  return data.addProjectV2ItemById.item.id
}
