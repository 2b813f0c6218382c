/** Where answers are not what a package's typings promise: in which methods, what the compiler says, and why. */
export type Deviation = { readonly methods: readonly string[]; readonly says: string; readonly why: string }

export const deviations: readonly Deviation[] = [
  {
    methods: ['accounts.list', 'accounts.get', 'memberships.list'],
    says: "Type 'null' is not assignable to type 'string | undefined'",
    why: 'The real service answers null for an abuse contact that is not set.',
  },
  {
    methods: ['zones.create', 'zones.list', 'zones.get'],
    says: "Type 'null' is not assignable to type 'string | undefined'",
    why: 'The real service answers null for a registrar, a host or a CNAME that a zone does not have.',
  },
  {
    methods: ['dns.records.create', 'dns.records.list'],
    says: "Type 'null' is not assignable to type 'string | undefined'",
    why: 'The real service answers null for a comment that is not set.',
  },
  {
    methods: ['d1.database.export'],
    says: `Type '"active"' is not assignable`,
    why: 'The typings know only how an export ends; wrangler asks again while it is active.',
  },
  {
    methods: ['r2.buckets.create', 'r2.buckets.list', 'r2.buckets.get', 'r2.buckets.edit'],
    says: `Type '"WEUR"' is not assignable`,
    why: 'The real service takes locations in small letters and answers in capitals.',
  },
  {
    methods: ['workers.scripts.versions.create', 'workers.scripts.versions.get'],
    says: "Type 'never[]' is not assignable to type '{} & {",
    why: 'The typings of 7.3 call the list of bindings an object; those of 6.5 and wrangler know a list.',
  },
  {
    methods: ['workers.scripts.deployments.list'],
    says: `'"deployments"' does not exist in type '({ deployments:`,
    why: 'The typings of 7.3 make pages of an answer that is one object; those of 6.5 and wrangler read the object.',
  },
  {
    methods: ['workers.scripts.tail.get'],
    says: 'is missing the following properties',
    why: 'A script may have several tails; the typings show one.',
  },
  {
    methods: ['workflows.instances.get'],
    says: "Type 'null' is not assignable to type 'string | number'",
    why: 'An instance that has not ended has no output yet.',
  },
  {
    methods: ['workflows.instances.get'],
    says: "Type '{ name: string; type:",
    why: 'A step has no end or output before it has ended, and its output may be any value.',
  },
  {
    methods: [
      'pages.projects.get',
      'pages.projects.deployments.create',
      'pages.projects.deployments.list',
      'pages.projects.deployments.get',
    ],
    says: "Type 'null' is not assignable to type '{ config: { deployments_enabled",
    why: 'What was uploaded has no source; the typings require a repository.',
  },
]
