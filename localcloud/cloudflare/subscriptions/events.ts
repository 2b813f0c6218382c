const ofInstance = ['queued', 'started', 'paused', 'errored', 'terminated', 'completed']

/** What each source tells. Of the sources that are not here, anything that looks like an event is taken. */
const known: Readonly<Record<string, readonly string[]>> = {
  kv: ['namespace.created', 'namespace.deleted'],
  r2: ['bucket.created', 'bucket.deleted'],
  superSlurper: ['job.started', 'job.paused', 'job.resumed', 'job.completed', 'job.aborted', 'job.object.migrated'],
  vectorize: ['index.created', 'index.deleted'],
  'workersAi.model': ['batch.queued', 'batch.succeeded', 'batch.failed'],
  'workersBuilds.worker': ['build.started', 'build.failed', 'build.canceled', 'build.succeeded'],
  'workflows.workflow': ofInstance.map((event) => `instance.${event}`),
}

/** Those events that a source does not tell. */
export function unknownAmong(source: string, events: readonly string[]): string[] {
  const all = known[source]
  return events.filter((event) => (all ? !all.includes(event) : !/^[a-z]+(\.[a-z]+)+$/i.test(event)))
}
