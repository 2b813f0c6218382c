create table github_repositories (
  id integer primary key autoincrement,
  -- GitHub's id: a repository keeps it when it is renamed or moved.
  repo_id integer unique,
  repo_owner text not null,
  repo_name text not null,
  -- Names ignore case at GitHub, so the key does too.
  repo_full_name text not null collate nocase unique,
  description text,
  visibility text not null default 'private' check (visibility in ('public', 'private', 'internal')),
  default_branch text not null default 'main',
  has_issues integer not null default 1 check (has_issues in (0, 1)),
  has_projects integer not null default 1 check (has_projects in (0, 1)),
  has_wiki integer not null default 0 check (has_wiki in (0, 1)),
  homepage_url text,
  topics text not null default '[]' check (json_valid(topics)),
  archived integer not null default 0 check (archived in (0, 1)),
  terraform_managed integer not null default 1 check (terraform_managed in (0, 1)),
  open_issues integer not null default 0,
  open_pulls integer not null default 0,
  last_push_at integer,
  last_deployment_id integer references deployments (id),
  created_at integer not null,
  updated_at integer not null
) strict;
create index github_repositories_managed on github_repositories (terraform_managed, id);

create table milestones (
  id integer primary key autoincrement,
  repository_id integer not null references github_repositories (id),
  milestone_id integer not null unique,
  number integer not null,
  title text not null,
  description text,
  state text not null default 'open' check (state in ('open', 'closed')),
  due_on integer,
  open_issues integer not null default 0,
  closed_issues integer not null default 0,
  created_at integer not null,
  updated_at integer not null,
  unique (repository_id, number)
) strict;
