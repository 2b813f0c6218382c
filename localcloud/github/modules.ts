import { accounts } from './accounts/module.ts'
import { actions } from './actions/module.ts'
import { activity } from './activity/module.ts'
import { admin } from './admin/module.ts'
import { apps } from './apps/module.ts'
import { branches } from './branches/module.ts'
import { checks } from './checks/module.ts'
import { commits } from './commits/module.ts'
import { contents } from './contents/module.ts'
import { deployments } from './deployments/module.ts'
import type { Module } from './front/app.ts'
import { git } from './git/module.ts'
import { graphql } from './graphql/module.ts'
import { hooks } from './hooks/module.ts'
import { issues } from './issues/module.ts'
import { organizations } from './organizations/module.ts'
import { tables as settingTables } from './platform/settings.ts'
import { projects } from './projects/module.ts'
import { pulls } from './pulls/module.ts'
import { releases } from './releases/module.ts'
import { repositories } from './repositories/module.ts'
import { rulesets } from './rulesets/module.ts'
import { search } from './search/module.ts'
import { secrets } from './secrets/module.ts'
import { statuses } from './statuses/module.ts'

/** Every part of GitHub that this one has; a module's tables may refer to those of the modules before it. */
export const modules: readonly Module[] = [
  { tables: settingTables },
  accounts,
  repositories,
  organizations,
  git,
  branches,
  issues,
  pulls,
  hooks,
  statuses,
  deployments,
  secrets,
  activity,
  admin,
  contents,
  apps,
  checks,
  rulesets,
  actions,
  releases,
  projects,
  search,
  graphql,
  // Last: a ref in its paths may hold slashes, and takes whatever is left.
  commits,
]
