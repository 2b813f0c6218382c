import { accounts } from './accounts/module.ts'
import type { Module } from './front/app.ts'
import { git } from './git/module.ts'
import { graphql } from './graphql/module.ts'
import { hooks } from './hooks/module.ts'
import { issues } from './issues/module.ts'
import { tables as settingTables } from './platform/settings.ts'
import { pulls } from './pulls/module.ts'
import { repositories } from './repositories/module.ts'

/** Every part of GitHub that this one has; a module's tables may refer to those of the modules before it. */
export const modules: readonly Module[] = [
  { tables: settingTables },
  accounts,
  repositories,
  git,
  issues,
  pulls,
  hooks,
  graphql,
]
