-- Why things are as they are. `observed`: ids seen in the act; `declared`: a person said so; `inferred`: a guess, shown as one.
create table links (
  from_kind text not null,
  from_id text not null,
  relation text not null,
  to_kind text not null,
  to_id text not null,
  evidence text not null check (evidence in ('observed', 'declared', 'inferred')),
  detail text,
  at integer not null,
  primary key (from_kind, from_id, relation, to_kind, to_id)
) strict, without rowid;
create index links_to on links (to_kind, to_id);
