import type { Tables } from '../store.ts'

export const auditTables: Tables = {
  product: 'audit',
  history: [
    `create table audit_log (
      number integer primary key autoincrement, id text not null unique, at integer not null, action text not null,
      result text not null, actor_type text not null, token_id text not null, token_name text not null,
      ip text not null, method text not null, status integer not null, uri text not null, ray text not null,
      agent text not null, product text not null, type text not null, resource text, scope text not null, zone text
    ) strict;
    create index audit_log_by_time on audit_log (at);
    create index audit_log_by_resource on audit_log (product, resource);
    create view audit_entries as
      select l.*, 'api_token' as context, a.id as account_id, a.name as account_name, a.email as actor_email,
        a.user_id as actor_id, z.name as zone_name
      from audit_log l cross join account a left join zones z on z.id = l.zone;`,
  ],
}
