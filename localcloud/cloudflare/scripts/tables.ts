import type { Tables } from '../store.ts'

/** `namespace` is the dispatch namespace that a script lives in, empty for the account's own scripts. */
export const scriptTables: Tables = {
  product: 'scripts',
  history: [
    `create table scripts (
      id text primary key, namespace text not null default '', name text not null, created_on integer not null,
      modified_on integer not null, settings text not null default '{}', is_enabled integer not null default 0,
      has_previews integer not null default 0, migration_tag text, deployed_from text, unique (namespace, name)
    ) strict;
    create table versions (
      id text primary key, script_id text not null references scripts (id) on delete cascade, number integer not null,
      created_on integer not null, source text not null, annotations text not null default '{}', main text not null,
      modules text not null, bindings text not null, compatibility_date text, compatibility_flags text not null,
      usage text not null default '{}', assets text, exports text not null, etag text not null,
      startup_ms integer not null, migration_tag text, is_deployable integer not null default 1,
      unique (script_id, number)
    ) strict;
    create table deployments (
      number integer primary key autoincrement, id text not null unique,
      script_id text not null references scripts (id) on delete cascade, created_on integer not null,
      source text not null, versions text not null, annotations text not null default '{}'
    ) strict;
    create index deployments_of_script on deployments (script_id, number);
    create table object_classes (
      id text primary key, script_id text not null references scripts (id) on delete cascade, class text not null,
      uses_sqlite integer not null, unique (script_id, class)
    ) strict;
    create table schedules (
      script_id text not null references scripts (id) on delete cascade, cron text not null,
      created_on integer not null, modified_on integer not null, primary key (script_id, cron)
    ) strict;
    create table asset_files (
      hash text primary key, blob text not null, type text not null, size integer not null
    ) strict;`,
  ],
}
