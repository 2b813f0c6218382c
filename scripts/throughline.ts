import type { Commands } from './cli/command.ts'
import { main } from './cli/main.ts'

/** What can be called, in the order of the help. */
const commands: Commands = {
  terraform: {
    usage: 'terraform <command> [-chdir=<folder>] [arguments]',
    summary: 'Runs terraform and records what it does: plan, changes, output, who, from which commit.',
    load: async () => (await import('./recorder/record.ts')).runTerraform,
  },
  deliver: {
    usage: 'deliver',
    summary: 'Sends the records that wait on this machine because the server was away.',
    load: async () => (await import('./recorder/deliver.ts')).deliverWaiting,
  },
  deployments: {
    usage: 'deployments [--state <name>] [--status <status>] [--from <time>] [--limit <n>] [--json]',
    summary: 'Lists the newest deployments.',
    load: async () => (await import('./cli/commands/deployments.ts')).deployments,
  },
  show: {
    usage: 'show [--json] <id>',
    summary: 'Shows a deployment: what it did, how far it is, what it changed and why.',
    load: async () => (await import('./cli/commands/show.ts')).show,
  },
  logs: {
    usage: 'logs [-f] [--from <line>] [--json] <id>',
    summary: "Prints what a deployment's Terraform printed.",
    load: async () => (await import('./cli/commands/logs.ts')).logs,
  },
  tail: {
    usage: 'tail [--since <n>] [--level <level>] [--outcome <outcome>] [--text <text>] [--format json] <script>',
    summary: "Follows a Cloudflare script's events live.",
    load: async () => (await import('./cli/commands/tail.ts')).tail,
  },
  why: {
    usage: 'why [--state <name>] [--depth <n>] [--json] <address>',
    summary: 'Tells why a resource is as it is.',
    load: async () => (await import('./cli/commands/why.ts')).why,
  },
  state: {
    usage: 'state list|show|pull|push|import|diff|rollback|delete …',
    summary: 'Looks after states: `throughline state help`.',
    load: async () => (await import('./cli/commands/state.ts')).state,
  },
}

/** Not awaited at the top, because it is bundled as CommonJS. */
async function start(): Promise<void> {
  process.exitCode = await main(commands, process.argv.slice(2))
}

void start()
