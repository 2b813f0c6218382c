-- What was deployed of a project by its flows; Cloudflare has the code itself.
create table project_versions (
  project text not null,
  number integer not null,
  -- How Cloudflare calls it.
  version_id text not null unique,
  main text not null,
  files integer not null,
  -- Of all files, as they were sent.
  bytes integer not null,
  sha256 text not null,
  run_id integer not null references flow_runs (id),
  created_at integer not null,
  primary key (project, number)
) strict, without rowid;
