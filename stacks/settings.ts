import type { SettingsInput } from './schema/settings.ts'

/** What exists in the world. This is the one file to edit; `npm run synth` says what is wrong with it. */
export const settings: SettingsInput = {
  project: 'throughline',
  owner: 'platform@example.com',

  cloudflare: {
    accountId: '00000000000000000000000000000000',
    zone: { id: '11111111111111111111111111111111', name: 'example.com' },
    domains: { controlPlane: 'throughline.example.com', apps: '*.apps.example.com' },
    access: { emails: ['platform@example.com'] },
    // Names of what the Worker binds are in worker/wrangler.json; these are beside it.
    dispatchNamespaces: ['user-apps'],
    keyValueNamespaces: ['throughline-apps'],
    buckets: ['user-code'],
    workerToken: {
      account: [
        'Account API Tokens Write',
        'Account Settings Read',
        'D1 Write',
        'Queues Write',
        'Secrets Store Write',
        'Workers KV Storage Write',
        'Workers R2 Storage Write',
        'Workers Scripts Write',
        'Workers Tail Read',
      ],
      zone: ['Workers Routes Write', 'Zone Read'],
    },
  },

  github: {
    owner: 'example',
    environments: [
      // A reviewer is a number: gh api users/<login> --jq .id
      { name: 'production', branches: ['main'], reviewers: { users: [583231] } },
    ],
    repositories: [
      {
        name: 'throughline',
        existing: true,
        description: 'Portable, Docker-free Terraform infrastructure management with Cloudflare Workers',
        visibility: 'public',
        hasWiki: true,
        topics: [
          'terraform',
          'cloudflare',
          'workers',
          'infrastructure-as-code',
          'docker-free',
          'multicloud',
          'azure',
          'auth0',
          'portable',
        ],
        protection: [{ branches: 'main', checks: ['test'] }],
        labels: [
          { name: 'infrastructure', color: '0052CC', description: 'Infrastructure changes' },
          { name: 'deployment', color: '1D76DB', description: 'Deployment related' },
          { name: 'terraform', color: '5319E7', description: 'Terraform configuration' },
          { name: 'cloudflare', color: 'F38020', description: 'Cloudflare resources' },
          { name: 'azure', color: '0089D6', description: 'Azure resources' },
          { name: 'auth0', color: 'EB5424', description: 'Auth0 configuration' },
          { name: 'priority:high', color: 'D93F0B', description: 'High priority' },
          { name: 'priority:low', color: '0E8A16', description: 'Low priority' },
        ],
        milestones: [{ title: 'First deployment', description: 'The control plane runs on the account.' }],
        issues: [
          {
            title: 'Deploy the control plane',
            body: 'Edit `stacks/settings.ts`, then follow `docs/stacks.md`.',
            labels: ['infrastructure', 'deployment'],
            milestone: 'First deployment',
          },
        ],
        environments: ['production'],
        secrets: ['CLOUDFLARE_API_TOKEN', 'AZURE_CREDENTIALS'],
        variables: { WORKER_URL: 'https://throughline.example.com' },
        workflows: true,
        trust: [
          // The first rule counts that fits. Forks never get a token.
          {
            events: ['push', 'workflow_dispatch'],
            branch: 'main',
            environment: 'production',
            scopes: ['state:throughline/*', 'deployments:write', 'read'],
            minutes: 60,
          },
          // What apply looks up before anybody approves, and the nightly search for drift.
          {
            events: ['push', 'workflow_dispatch', 'schedule'],
            branch: 'main',
            scopes: ['plan:throughline/*', 'deployments:write', 'read'],
            minutes: 60,
          },
          { events: ['pull_request'], scopes: ['plan:throughline/*', 'deployments:write'], minutes: 30 },
        ],
      },
    ],
    board: {
      title: 'Infrastructure Management',
      description: 'Track infrastructure deployments, features, and improvements',
      columns: ['To Do', 'In Progress', 'Review', 'Done'],
    },
  },

  azure: {
    subscriptionId: '00000000-0000-0000-0000-000000000001',
    tenantId: '00000000-0000-0000-0000-000000000002',
    location: 'westeurope',
    resourceGroup: 'throughline',
    keyVault: 'throughline-example',
    connector: { image: 'cloudflare/cloudflared:2026.10.0' },
    budget: { amount: 50, from: '2026-12-01', emails: ['platform@example.com'] },
    deployFrom: 'production',
  },

  auth0: {
    tenant: { friendlyName: 'Throughline', supportEmail: 'platform@example.com' },
    client: { name: 'Throughline dashboard', callbacks: ['https://throughline.example.com/callback'] },
    api: {
      name: 'Throughline API',
      identifier: 'https://throughline.example.com/api',
      scopes: [
        { name: 'read', description: 'See everything' },
        { name: 'operate', description: 'Deploy and change' },
      ],
    },
    roles: [
      { name: 'viewer', description: 'Sees everything', scopes: ['read'] },
      { name: 'operator', description: 'Deploys and changes', scopes: ['read', 'operate'] },
    ],
  },
}
