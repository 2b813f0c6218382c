import { z } from 'zod'
import { timeDashboard } from './dashboard-time.ts'
import { atMost } from './finding.ts'
import type { Finding, Metric } from './finding.ts'
import { withMetered, withSeeded } from './metered-server.ts'
import type { Ask } from './metered-server.ts'
import { sizes } from './seed.ts'
import { withSeededFolder } from './seeded-folder.ts'

const target = 1500
const show = (rows: number) => `${rows.toLocaleString('en')} rows`

/** Enough of the page to know that it showed what was seeded. */
const Shown = z.object({
  infrastructure: z.object({ total_resources: z.int().min(1) }),
  deployments: z.object({ recent: z.array(z.unknown()).length(10), in_progress: z.literal(5) }),
  repositories: z.object({ total: z.int().min(1), managed: z.array(z.unknown()).length(50) }),
  tasks: z.object({ open_count: z.int().min(1), active: z.array(z.unknown()).length(50) }),
  commands: z.object({
    recent: z.array(z.unknown()).length(20),
    stats: z.object({ total_commands_today: z.int().min(1) }),
  }),
  git_activity: z.object({ commits_today: z.int().min(1) }),
})

export const dashboard: Metric = {
  name: 'dashboard',
  limitSeconds: 180,
  async measure(quick) {
    const tenth = await withSeeded(0.1, rowsOfDashboard)
    if (quick) return [atMost(words(0.1), tenth, { target, show, noisy: false })]
    return withSeededFolder(1, async (folder) => {
      const whole = await withMetered(folder, rowsOfDashboard)
      const finding = atMost(words(1), whole, { target, show, noisy: false })
      return [finding, equality(whole, tenth), await timeDashboard(folder)]
    })
  },
}

function words(share: number): string {
  const { deployments, commands, tasks } = sizes
  const [runs, acts, issues] = [deployments, commands, tasks].map((rows) => (rows * share).toLocaleString('en'))
  return `Rows read by \`/api/dashboard\` with ${runs} deployments, ${acts} commands, ${issues} tasks`
}

function equality(whole: number, tenth: number): Finding {
  return {
    what: 'The same at a tenth of the data',
    target: `as many: ${show(whole)}`,
    measured: show(tenth),
    met: tenth === whole,
    failure: 'at once',
  }
}

async function rowsOfDashboard(ask: Ask): Promise<number> {
  const { body, rowsRead } = await ask('/api/dashboard')
  Shown.parse(body)
  return rowsRead
}
