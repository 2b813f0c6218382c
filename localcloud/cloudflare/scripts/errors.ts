import { ApiError } from '../envelope.ts'
import type { Reason } from '../envelope.ts'

const refused = (status: number, code: number, message: string, more: Partial<Reason> = {}): ApiError =>
  new ApiError(status, { code, message, ...more })

const versioning =
  'https://developers.cloudflare.com/workers/configuration/versions-and-deployments/gradual-deployments/#gradual-deployments-for-durable-objects'

/** What the Workers API says, by what went wrong. */
export const problems = {
  scriptMissing: () => refused(404, 10_007, 'This Worker does not exist on your account.'),
  serviceMissing: () => refused(404, 10_090, 'workers.api.error.service_not_found'),
  versionMissing: (id: string) => refused(404, 100_146, `Version ${id} not found.`),
  betaVersionMissing: (id: string) => refused(404, 10_071, `Version ${id} not found.`),
  noVersions: (name: string) => refused(404, 10_222, `The Worker ${name} has no versions.`),
  deploymentMissing: () => refused(404, 10_336, 'Deployment not found.'),
  secretMissing: (name: string) => refused(404, 10_056, `Binding with name '${name}' not found.`),
  subdomainMissing: () => refused(404, 10_007, 'This account does not have a workers.dev subdomain.'),

  badName: () =>
    refused(
      400,
      10_016,
      'Worker names must be 1 to 63 characters of lowercase letters, digits, dashes and underscores.',
    ),
  nameTaken: (name: string) => refused(409, 10_016, `A Worker with the name '${name}' already exists.`),
  takenBack: () => refused(400, 10_021, 'The version before this one did not start, and this one was built upon it.'),
  notMultipart: () => refused(400, 10_001, 'Content-Type must be one of: application/javascript, multipart/form-data'),
  noMetadata: () => refused(400, 10_021, 'could not read content for part metadata'),
  badMetadata: (detail: string) => refused(400, 10_021, `could not parse metadata: ${detail}`),
  noSuchModule: (name: string) => refused(400, 10_021, `Uncaught Error: No such module "${name}".`),
  noPython: () => refused(400, 10_021, 'Python Workers do not run in the local account.'),
  tooLarge: (limit: string) =>
    refused(413, 10_027, `Your Worker exceeded the size limit of ${limit}. Reduce its size and try again.`),
  noHandlers: () => refused(400, 10_068, 'The uploaded script has no registered event handlers.'),
  futureDate: (date: string) => refused(400, 10_021, `Can't set compatibility date in the future: ${date}`),
  badDate: (date: string) => refused(400, 10_021, `Invalid compatibility date: ${date}`),
  experimentalFlag: (flag: string) =>
    refused(
      400,
      10_021,
      `The compatibility flag ${flag} is experimental and cannot yet be used in Workers deployed to Cloudflare.`,
    ),
  badCron: (cron: string) => refused(400, 10_100, `invalid cron string: ${cron}`),
  badBody: (detail: string) => refused(400, 10_001, `Invalid request body: ${detail}`),

  bindingUnnamed: (index: number) => refused(400, 10_052, `Binding at index ${index} must have a name.`),
  bindingTwice: (name: string) =>
    refused(400, 10_053, `Binding name '${name}' already in use. Please use a different name and try again.`),
  bindingWithout: (name: string, type: string, member: string) =>
    refused(400, 10_021, `binding ${name} of type ${type} must have a valid \`${member}\` specified`),
  inheritUnresolved: (name: string) =>
    refused(400, 10_057, `Could not inherit binding '${name}': no such binding in the previous version.`),
  namespaceMissing: (id: string) => refused(400, 10_041, `KV namespace '${id}' not found.`),
  bucketMissing: (name: string) =>
    refused(400, 10_085, `R2 bucket '${name}' not found. Please use a different name and try again.`),
  databaseMissing: (name: string, id: string) =>
    refused(400, 10_181, `D1 binding '${name}' references database '${id}' which was not found.`),
  queueMissing: (name: string) => refused(400, 11_000, `Queue '${name}' not found.`),
  storeSecretMissing: (name: string) =>
    refused(400, 10_182, `Secrets Store binding '${name}' references a secret that was not found.`),
  dispatchMissing: (name: string) => refused(400, 100_119, `Dispatch namespace '${name}' not found.`),
  serviceUnresolved: (name: string, target: string) =>
    refused(
      400,
      10_144,
      `Could not resolve service binding '${name}'. Target script '${target}' not found. Please verify the target script and try again.`,
    ),
  entrypointUnresolved: (name: string, target: string, entrypoint: string) =>
    refused(
      400,
      10_144,
      `Could not resolve service binding '${name}'. Target entrypoint '${entrypoint}' not found for target script '${target}'. Please verify the target and try again.`,
    ),
  classUnbound: (name: string) =>
    refused(
      400,
      10_061,
      `Cannot create binding for class '${name}' because it is not currently configured to implement Durable Objects. Ensure a --new-class migration has been applied to it.`,
    ),
  classElsewhere: (name: string, script: string) =>
    refused(400, 10_061, `Cannot create binding for class ${name} in script '${script}' that does not exist.`),

  migrationTag: (tag: string | null) =>
    refused(412, 10_079, `Migration tag precondition failed; current tag is ${tag === null ? 'empty' : `'${tag}'`}`),
  migrationInVersion: () =>
    refused(
      400,
      10_211,
      'Version upload failed. You attempted to upload a version of a Worker that includes a Durable Object migration, but migrations must be fully applied via a non-versioned deployment. Refer to the documentation for more information.',
      { documentation_url: versioning },
    ),
  classExists: (name: string) =>
    refused(
      400,
      10_074,
      `Cannot apply new-class migration to class '${name}' that is already depended on by existing Durable Objects`,
    ),
  classUnknown: (kind: string, name: string) =>
    refused(400, 10_074, `Cannot apply ${kind} migration to non-existent class '${name}'`),
  classTwice: (name: string) =>
    refused(400, 10_074, `Class '${name}' cannot be the target of more than one migration.`),
  classNotExported: (name: string) =>
    refused(400, 10_070, `Cannot apply new-class migration to class '${name}' that is not exported by script`),
  classStillBound: (name: string) =>
    refused(
      400,
      10_061,
      `Cannot apply --delete-class migration to class '${name}' without also removing the binding that references it.`,
    ),
  classDropped: (name: string) =>
    refused(
      400,
      10_064,
      `New version of script does not export class '${name}' which is depended on by existing Durable Objects. If you want to delete these Durable Objects, try a delete-class migration.`,
    ),

  secretNotDeployed: () =>
    refused(
      400,
      10_215,
      "Secret edit failed. You attempted to modify a secret, but the latest version of your Worker isn't currently deployed. Please ensure that the latest version of your Worker is fully deployed before modifying secrets.",
    ),
  secretsChanged: (names: readonly string[]) =>
    refused(
      400,
      10_220,
      `Secrets have been modified since the version was deployed. The following secrets have changed: ${names.join(', ')}`,
    ),
  badShares: () => refused(400, 10_211, 'The percentages of a deployment with one or two versions must add up to 100.'),
  referenced: (names: readonly string[]) =>
    refused(400, 10_142, `This Worker is bound by other Workers and cannot be deleted: ${names.join(', ')}.`),
  consumes: (names: readonly string[]) =>
    refused(
      400,
      10_064,
      `Cannot delete this Worker as it is a consumer for a Queue. Please remove it from the Queue's consumers first, then try again: ${names.join(', ')}.`,
    ),
}
