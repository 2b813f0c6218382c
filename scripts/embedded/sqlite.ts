import type * as Sqlite from 'node:sqlite'

/** Node's own SQLite, loaded without its warning that it is young; every other warning stays. */
export function sqlite(): typeof Sqlite {
  const emitWarning = process.emitWarning.bind(process)
  process.emitWarning = () => {}
  try {
    return process.getBuiltinModule('node:sqlite')
  } finally {
    process.emitWarning = emitWarning
  }
}
