/** The prefix of each kind's global id. REST shows it as `node_id`, GraphQL as `id`. */
export const prefixes = {
  User: 'U',
  Bot: 'BOT',
  Organization: 'O',
  Team: 'T',
  Repository: 'R',
  Issue: 'I',
  PullRequest: 'PR',
  IssueComment: 'IC',
  IssueEvent: 'IE',
  Label: 'LA',
  Milestone: 'MI',
  Reaction: 'REA',
  Commit: 'C',
  CommitComment: 'CC',
  Tree: 'TR',
  Blob: 'B',
  Tag: 'TA',
  Ref: 'REF',
  PullRequestReview: 'PRR',
  PullRequestReviewComment: 'PRRC',
  BranchProtectionRule: 'BPR',
  StatusContext: 'SC',
  Deployment: 'DE',
  DeploymentStatus: 'DES',
  Environment: 'EN',
  Release: 'RE',
  ReleaseAsset: 'RA',
  App: 'A',
  CheckSuite: 'CS',
  CheckRun: 'CR',
  Workflow: 'W',
  WorkflowRun: 'WFR',
  WorkflowJob: 'WFJ',
  Artifact: 'ART',
  RepositoryRuleset: 'RRS',
  ProjectV2: 'PVT',
  ProjectV2Item: 'PVTI',
  ProjectV2Field: 'PVTF',
  ProjectV2SingleSelectField: 'PVTSSF',
  ProjectV2IterationField: 'PVTIF',
  ProjectV2View: 'PVTV',
  ProjectV2Workflow: 'PWF',
  ProjectV2ItemFieldValue: 'PVTFV',
  ProjectV2StatusUpdate: 'PVTSU',
  DraftIssue: 'DI',
} as const

export type Kind = keyof typeof prefixes

/** What a global id names: a row by its number, or a git object or ref by its repository and name. */
export type NodeKey = { readonly kind: Kind; readonly id: number; readonly name: string | null }

/** A global id: the kind's prefix and a MessagePack array of zero and the number, as GitHub writes them. */
export function nodeId(kind: Kind, id: number): string {
  return `${prefixes[kind]}_${Buffer.concat([Buffer.from([0x92, 0]), packed(id)]).toString('base64url')}`
}

/** The global id of something that a repository names, such as a commit by its hash. */
export function namedNodeId(kind: Kind, repository: number, name: string): string {
  const text = Buffer.from(name)
  const head = Buffer.from([0xda, text.length >> 8, text.length & 0xff])
  const bytes = Buffer.concat([Buffer.from([0x93, 0]), packed(repository), head, text])
  return `${prefixes[kind]}_${bytes.toString('base64url')}`
}

/** Reads a global id; null when this text is none. */
export function readNodeId(text: string): NodeKey | null {
  const cut = text.indexOf('_')
  const kind = kinds.get(text.slice(0, cut))
  const bytes = Buffer.from(text.slice(cut + 1), 'base64url')
  if (cut < 1 || kind === undefined || bytes.length < 7 || bytes[2] !== 0xce) return null
  const id = bytes.readUInt32BE(3)
  const name = bytes[0] === 0x93 && bytes.length > 10 ? bytes.subarray(10).toString() : null
  return { kind, id, name }
}

const kinds = new Map<string, Kind>(
  Object.entries(prefixes).flatMap(([kind, prefix]) => (isKind(kind) ? [[prefix, kind]] : [])),
)

function isKind(text: string): text is Kind {
  return text in prefixes
}

function packed(id: number): Buffer {
  const bytes = Buffer.from([0xce, 0, 0, 0, 0])
  bytes.writeUInt32BE(id, 1)
  return bytes
}
