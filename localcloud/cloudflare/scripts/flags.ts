import { problems } from './errors.ts'

/** What the installed workerd calls experimental. In here it runs with them, since parts of Miniflare need it to. */
const experimental: ReadonlySet<string> = new Set([
  'allow_insecure_inefficient_logged_eval',
  'auto_grpc_convert',
  'cache_reload_enabled',
  'connect_pass_through',
  'durable_object_get_existing',
  'durable_object_rename',
  'enable_abortsignal_rpc',
  'enable_ctx_version_metadata',
  'enable_d1_with_sessions_api',
  'enable_nodejs_inspector_local_dev',
  'enable_version_api',
  'enable_web_file_system',
  'experimental',
  'increase_websocket_message_size',
  'js_rpc',
  'kv_direct_binding',
  'memory_cache_delete',
  'new_module_registry',
  'precise_timers',
  'python_workers_20260610',
  'python_workers_development',
  'python_workers_durable_objects',
  'replica_routing',
  'rtti_api',
  'service_binding_extra_handlers',
  'spec_compliant_property_attributes',
  'streaming_tail_worker',
  'streams_no_default_auto_allocate_chunk_size',
  'tail_worker_user_spans',
  'typescript_strip_types',
  'unsafe_module',
  'unsupported_process_actual_platform',
  'webgpu',
  'workflows_step_rollback',
])

/** Refuses flags with which the real service runs no script: some reach into the runtime that all scripts share. */
export function proveFlags(flags: readonly string[]): void {
  const first = flags.find((flag) => experimental.has(flag))
  if (first !== undefined) throw problems.experimentalFlag(first)
}
