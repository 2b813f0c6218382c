import { accounts } from './accounts/module.ts'
import type { Module } from './front/app.ts'
import { tables as refTables } from './git/refs.ts'
import { hooks } from './hooks/module.ts'
import { tables as settingTables } from './platform/settings.ts'
import { repositories } from './repositories/module.ts'

/** Every part of GitHub that this one has; a module's tables may refer to those of the modules before it. */
export const modules: readonly Module[] = [
  { tables: settingTables },
  accounts,
  repositories,
  { tables: refTables },
  hooks,
]
