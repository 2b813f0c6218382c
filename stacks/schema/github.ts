import { z } from 'zod'
import { judgeRepository, judgeReviewers } from './repository-rules.ts'
import { colour, day, login, names, repositoryName, rule, secretName, section, topic, unique } from './section.ts'
import { judgeTrust, Trust } from './trust.ts'

const Label = section({ name: z.string().min(1).max(50), color: colour, description: z.string().max(100).default('') })

const Milestone = section({ title: z.string().min(1), description: z.string().default(''), due: day.exactOptional() })

const Issue = section({
  title: z.string().min(1),
  body: z.string().default(''),
  labels: names(z.string(), 'label').default([]),
  milestone: z.string().exactOptional(),
})

const Protection = section({
  /** A branch, or a pattern like `release/*`. */
  branches: z.string().min(1),
  /** How many people must approve a pull request. */
  approvals: z.int().min(0).max(6).default(0),
  dismissStaleReviews: z.boolean().default(true),
  codeOwnersReview: z.boolean().default(false),
  /** The status checks that must have passed, on the newest commit of the base. */
  checks: names(z.string(), 'check').default([]),
  includeAdmins: z.boolean().default(false),
})

const Environment = section({
  name: z.string().min(1),
  /** People and teams by their numbers: `gh api users/<login> --jq .id`. One of them must approve a run. */
  reviewers: section({
    users: z.array(z.int()).default([]),
    teams: z.array(z.int()).default([]),
  }).prefault({}),
  preventSelfReview: z.boolean().default(false),
  /** From which branches it may be deployed. */
  branches: names(z.string().min(1), 'branch').min(1, { error: 'names no branch; nothing could be deployed there.' }),
  waitMinutes: z.int().min(0).max(43_200).default(0),
}).check(rule(judgeReviewers))

const events = [
  'push',
  'pull_request',
  'issues',
  'release',
  'create',
  'delete',
  'label',
  'milestone',
  'repository',
] as const

const Repository = section({
  name: repositoryName,
  /** GitHub's number of it, `gh api repos/<owner>/<name> --jq .id`: then no other repository that gets its name is trusted. */
  id: z.int().positive().exactOptional(),
  /** It exists already, and is adopted instead of created. */
  existing: z.boolean().default(false),
  description: z.string().max(350).default(''),
  visibility: z.enum(['public', 'private', 'internal']).default('private'),
  topics: names(topic, 'topic').max(20).default([]),
  homepage: z.url().exactOptional(),
  hasIssues: z.boolean().default(true),
  hasProjects: z.boolean().default(true),
  hasWiki: z.boolean().default(false),
  defaultBranch: z.string().min(1).default('main'),
  /** Branches beside the default one that patterns may name. */
  branches: names(z.string(), 'branch').default([]),
  protection: unique(Protection, 'pattern', ({ branches }) => branches).default([]),
  labels: unique(Label, 'label', ({ name }) => name).default([]),
  milestones: unique(Milestone, 'milestone', ({ title }) => title).default([]),
  /** Issues it starts with: made once, then left to people. */
  issues: unique(Issue, 'issue', ({ title }) => title).default([]),
  environments: names(z.string(), 'environment').default([]),
  /** The events that the control plane is told; an empty list makes no webhook. */
  webhook: names(z.enum(events), 'event').default([...events]),
  /** Actions secrets by name: each value comes from a variable, `TF_VAR_` and the name in lower case. */
  secrets: names(secretName, 'secret').default([]),
  variables: z.record(secretName, z.string()).default({}),
  /** Puts the plan and apply workflows into it. */
  workflows: z.boolean().default(false),
  /** Which runs of its workflows get a token of the control plane; no rule, no token. */
  trust: z.array(Trust).default([]),
}).check(rule(judgeRepository), rule(judgeTrust))

export const GitHub = section({
  owner: login,
  environments: unique(Environment, 'environment', ({ name }) => name).default([]),
  repositories: unique(Repository, 'repository', ({ name }) => name),
  /** A Projects v2 board; Terraform has no resource for it, so a script makes it after the apply. */
  board: section({
    title: z.string(),
    description: z.string().default(''),
    columns: names(z.string().min(1), 'column').min(1),
  }).exactOptional(),
})

export type Repository = z.output<typeof Repository>
export type Environment = z.output<typeof Environment>
export type Protection = z.output<typeof Protection>
export type GitHub = z.output<typeof GitHub>
