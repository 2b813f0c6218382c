import { DurableObject, WorkerEntrypoint, WorkflowEntrypoint } from 'cloudflare:workers'

const events = ['fetch', 'scheduled', 'queue', 'tail', 'tailStream', 'email', 'trace', 'test', 'alarm']
const bases = { DurableObject, WorkerEntrypoint, WorkflowEntrypoint }

/** What a candidate's main module offers. */
export function report(candidate: object): object {
  const named = Object.entries(candidate).filter(([name, value]) => name !== 'default' && isOffered(value))
  return {
    handlers: handlersOf(Reflect.get(candidate, 'default')),
    named: named.map(([name, value]) => ({ name, kind: kindOf(value), handlers: handlersOf(value) })),
  }
}

function isOffered(value: unknown): boolean {
  return typeof value === 'function' || (typeof value === 'object' && value !== null)
}

function handlersOf(value: unknown): string[] {
  const holder: unknown = typeof value === 'function' ? value.prototype : value
  return events.filter((event) => typeof Reflect.get(Object(holder), event) === 'function')
}

function kindOf(value: unknown): string {
  if (typeof value !== 'function') return 'object'
  const base = Object.entries(bases).find(([, type]) => value.prototype instanceof type)
  return base?.[0] ?? 'class'
}
