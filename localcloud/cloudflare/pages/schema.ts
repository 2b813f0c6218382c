import { z } from 'zod'

const Free = z.record(z.string(), z.unknown())

/** What deployments of one environment are given. Null removes an entry. */
export const EnvironmentConfig = z.looseObject({
  env_vars: z
    .record(z.string(), z.union([z.null(), z.object({ type: z.string().default('plain_text'), value: z.string() })]))
    .nullish(),
  compatibility_date: z.string().optional(),
  compatibility_flags: z.array(z.string()).optional(),
})
export type EnvironmentConfig = z.infer<typeof EnvironmentConfig>

export const Configs = z.object({ preview: EnvironmentConfig.optional(), production: EnvironmentConfig.optional() })

export const Source = z.object({ type: z.enum(['github', 'gitlab']), config: Free })
export type Source = z.infer<typeof Source>

export const NewProject = z.object({
  name: z.string(),
  production_branch: z.string().default('main'),
  build_config: Free.nullish(),
  deployment_configs: Configs.nullish(),
  source: Source.nullish(),
})
export const ProjectChange = NewProject.omit({ production_branch: true })
  .extend({ production_branch: z.string().optional() })
  .partial()
export type ProjectChange = z.infer<typeof ProjectChange>

export const Domain = z.object({ id: z.string(), name: z.string(), created_on: z.string() })
export type Domain = z.infer<typeof Domain>

const Details = z.object({
  build_config: Free.default({}),
  deployment_configs: z.object({ preview: EnvironmentConfig, production: EnvironmentConfig }),
  source: Source.nullish(),
  domains: z.array(Domain).default([]),
})
export type Details = z.infer<typeof Details>

export const Project = z.object({
  id: z.string(),
  name: z.string(),
  production_branch: z.string(),
  created_at: z.int(),
  details: z.string().transform((text) => Details.parse(JSON.parse(text))),
})
export type Project = z.infer<typeof Project>

const DeploymentDetails = z.object({
  /** The version of the script that serves it; none when it was never built. */
  version_id: z.string().nullable(),
  commit_hash: z.string(),
  commit_message: z.string(),
  commit_dirty: z.boolean(),
  uses_functions: z.boolean(),
  env_vars: z.record(z.string(), z.object({ type: z.string(), value: z.string() })),
})
export type DeploymentDetails = z.infer<typeof DeploymentDetails>

export const Deployment = z.object({
  id: z.string(),
  project_id: z.string(),
  number: z.int(),
  branch: z.string(),
  environment: z.enum(['production', 'preview']),
  created_at: z.int(),
  details: z.string().transform((text) => DeploymentDetails.parse(JSON.parse(text))),
})
export type Deployment = z.infer<typeof Deployment>

export const Hashes = z.object({ hashes: z.array(z.string()) })

const Hash = z.string().regex(/^[0-9a-f]{32,64}$/)
export const Files = z.array(
  z.object({
    key: Hash,
    value: z.string(),
    base64: z.boolean().default(false),
    metadata: z.object({ contentType: z.string() }).optional(),
  }),
)
export const Manifest = z.record(z.string(), Hash)
export const Routing = z.object({ include: z.array(z.string()).default([]), exclude: z.array(z.string()).default([]) })
