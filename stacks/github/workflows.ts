import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { RepositoryFile } from '@cdktf/provider-github/lib/repository-file/index.js'
import type { Construct } from 'constructs'
import type { Repository } from '../schema/github.ts'
import { escapeTemplate } from '../schema/settings.ts'

const folder = join(import.meta.dirname, '../../.github/workflows')

/** How the workflows name the branch that is applied. */
const applied = 'branches: [main]'

/** The workflows of this repository, as they are but for the name of the default branch, in another one. */
export function declareWorkflows(scope: Construct, repository: string, { defaultBranch }: Repository): void {
  const made: RepositoryFile[] = []
  for (const name of ['plan', 'apply', 'drift']) {
    const own = escapeTemplate(readFileSync(join(folder, `${name}.yml`), 'utf8'))
    const branch = defaultBranch === 'main' ? defaultBranch : JSON.stringify(defaultBranch)
    const file = new RepositoryFile(scope, `workflow-${name}`, {
      repository,
      branch: defaultBranch,
      file: `.github/workflows/${name}.yml`,
      content: own.replace(applied, () => `branches: [${branch}]`),
      commitMessage: `Take over the ${name} workflow`,
      overwriteOnCreate: true,
      // Each is a commit: GitHub refuses two on one branch at the same time.
      dependsOn: made.slice(-1),
    })
    made.push(file)
  }
}
