import type { Module } from '../front/app.ts'
import { pullBranchRoutes } from './branches.ts'
import { finishMerges, mergeRoutes } from './merge.ts'
import { reviewCommentRoutes } from './review-comments.ts'
import { reviewRoutes } from './reviews.ts'
import { pullRoutes } from './routes.ts'
import { tables } from './schema.ts'
import { watchPulls } from './watch.ts'

export const pulls: Module = {
  tables,
  wire: (world) => {
    watchPulls(world)
    finishMerges(world)
  },
  // Comments first: their path looks like the number of a pull request.
  rest: [reviewCommentRoutes, pullRoutes, mergeRoutes, reviewRoutes, pullBranchRoutes],
}
