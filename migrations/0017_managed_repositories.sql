-- Which resource declares a repository; of several states that hold it, the one that came last.
alter table github_repositories add column resource_id integer references managed_resources (id);
create index github_repositories_resource on github_repositories (resource_id) where resource_id is not null;
create index managed_resources_repository on managed_resources (attributes ->> 'repo_id')
  where type = 'github_repository';

-- What states hold already. A state may say anything: what does not fit is left out until it changes.
insert or ignore into github_repositories (repo_id, repo_owner, repo_name, repo_full_name, description, visibility,
  default_branch, has_issues, has_projects, has_wiki, homepage_url, topics, archived, resource_id, last_deployment_id,
  created_at, updated_at)
select attributes ->> 'repo_id', substr(attributes ->> 'full_name', 1, instr(attributes ->> 'full_name', '/') - 1),
  substr(attributes ->> 'full_name', instr(attributes ->> 'full_name', '/') + 1), attributes ->> 'full_name',
  attributes ->> 'description', coalesce(attributes ->> 'visibility', 'private'),
  coalesce(nullif(attributes ->> 'default_branch', ''), 'main'), coalesce(attributes -> 'has_issues' = 'true', 0),
  coalesce(attributes -> 'has_projects' = 'true', 0), coalesce(attributes -> 'has_wiki' = 'true', 0),
  attributes ->> 'homepage_url', (select json_group_array(value) from json_each(attributes, '$.topics') where type = 'text'),
  coalesce(attributes -> 'archived' = 'true', 0), id, changed_by, created_at, updated_at
from managed_resources
where type = 'github_repository' and status in ('active', 'tainted') and attributes ->> 'full_name' glob '?*/?*'
  and typeof(attributes ->> 'repo_id') = 'integer'
order by id desc;
insert into counters (scope, key, n)
select 'repositories', 'total', count(*) from github_repositories where terraform_managed = 1 having count(*) > 0
on conflict do update set n = excluded.n;
