import type { Commands, Run } from '../command.ts'
import { call } from '../main.ts'

const commands: Commands = {
  list: {
    usage: 'state list [--json]',
    summary: 'Lists the states.',
    load: async () => (await import('./state/list.ts')).list,
  },
  show: {
    usage: 'state show [--json] <name>',
    summary: 'Shows a state, who holds its lock, and its newest versions.',
    load: async () => (await import('./state/show.ts')).show,
  },
  pull: {
    usage: 'state pull [--serial <n>] [--output <file>] <name>',
    summary: 'Prints the newest version byte by byte, secrets and all.',
    load: async () => (await import('./state/pull.ts')).pull,
  },
  push: {
    usage: 'state push [--force] <name> <file>',
    summary: 'Writes a file as the newest version, under the lock.',
    load: async () => (await import('./state/push.ts')).push,
  },
  import: {
    usage: 'state import <name> [<file>]',
    summary: 'Brings an existing state in: a file, or the state of the Terraform in this folder.',
    load: async () => (await import('./state/import.ts')).importState,
  },
  diff: {
    usage: 'state diff [--from <serial>] [--to <serial>] [--json] <name>',
    summary: 'Shows what differs between two versions, secrets hidden.',
    load: async () => (await import('./state/diff.ts')).diff,
  },
  rollback: {
    usage: 'state rollback <name> <serial>',
    summary: 'Makes an earlier version the newest again, with a new serial.',
    load: async () => (await import('./state/rollback.ts')).rollback,
  },
  delete: {
    usage: 'state delete [--confirm <name>] <name>',
    summary: 'Deletes a state with all its versions.',
    load: async () => (await import('./state/delete.ts')).deleteState,
  },
}

/** The commands for states, by the word that follows `state`. */
export const state: Run = (args) => call(commands, 'state ', args)
