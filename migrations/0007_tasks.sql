-- GitHub's issues. A number is unique only inside its repository, and pull requests share the numbers.
create table project_tasks (
  id integer primary key autoincrement,
  repository_id integer not null references github_repositories (id),
  number integer not null,
  is_pull integer not null default 0 check (is_pull in (0, 1)),
  title text not null,
  body text,
  state text not null default 'open' check (state in ('open', 'closed')),
  status text not null default 'todo' check (status in ('todo', 'in_progress', 'review', 'done')),
  priority text not null default 'medium' check (priority in ('low', 'medium', 'high', 'critical')),
  priority_rank integer not null
    generated always as (case priority when 'critical' then 4 when 'high' then 3 when 'medium' then 2 else 1 end) virtual,
  assignee text,
  milestone_id integer references milestones (id),
  deployment_id integer references deployments (id),
  created_at integer not null,
  updated_at integer not null,
  closed_at integer,
  unique (repository_id, number),
  check (state = 'open' or (status = 'done' and closed_at is not null)),
  check (state = 'closed' or status <> 'done')
) strict;
create index project_tasks_open on project_tasks (priority_rank, created_at) where state = 'open';
create index project_tasks_time on project_tasks (created_at);
create index project_tasks_state on project_tasks (state, created_at);
create index project_tasks_status on project_tasks (status, created_at);
create index project_tasks_repository on project_tasks (repository_id, created_at);
create index project_tasks_assignee on project_tasks (assignee, created_at);
create index project_tasks_milestone on project_tasks (milestone_id, created_at);

create table task_labels (
  task_id integer not null references project_tasks (id) on delete cascade,
  label_name text not null collate nocase,
  label_color text,
  created_at integer not null,
  primary key (task_id, label_name)
) strict, without rowid;
create index task_labels_name on task_labels (label_name, task_id);

-- The board is a Projects v2 single-select field: its options have text ids.
create table project_columns (
  id integer primary key autoincrement,
  column_id text not null unique,
  repository_id integer not null references github_repositories (id),
  project_name text not null,
  column_name text not null,
  position integer not null,
  created_at integer not null,
  unique (repository_id, project_name, position)
) strict;

-- Where a task stands now; a task stands in one column of a board.
create table task_column_assignments (
  task_id integer primary key references project_tasks (id) on delete cascade,
  column_id integer not null references project_columns (id),
  moved_at integer not null,
  moved_by text
) strict;
create index task_column_assignments_column on task_column_assignments (column_id, moved_at);
