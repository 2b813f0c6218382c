const product = (value: string, label: string) => ({ value, label })

/** Products of this account, as the log sorts them. */
export const categories = [
  {
    value: 'developer_platform',
    label: 'Developer Platform',
    products: [
      product('workers', 'Workers'),
      product('workers_builds', 'Workers Builds'),
      product('workflows', 'Workflows'),
      product('pages', 'Pages'),
      product('kv', 'Workers KV'),
      product('d1', 'D1'),
      product('r2', 'R2'),
      product('queues', 'Queues'),
      product('secrets_store', 'Secrets Store'),
    ],
  },
  {
    value: 'account',
    label: 'Account',
    products: [product('api_tokens', 'API Tokens'), product('accounts', 'Account'), product('user', 'User')],
  },
  { value: 'dns', label: 'DNS', products: [product('zones', 'Zones'), product('dns_records', 'DNS Records')] },
]
