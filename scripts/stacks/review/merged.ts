import { z } from 'zod'

/** A pull request, as GitHub tells of it. */
export const Pull = z.object({
  number: z.int(),
  created_at: z.string(),
  merged_at: z.string().nullable(),
  merge_commit_sha: z.string().nullable(),
  base: z.object({ ref: z.string() }),
})
export type Pull = z.infer<typeof Pull>

export type Merged = Pull & { readonly merged_at: string }

/**
 * The pull request that put the pushed commit on its branch, squashed, rebased or merged; or null for a direct push. One that
 * was merged into another branch, from where somebody pushed its commit on, was reviewed for that one.
 * @param pulls what GitHub associates with the commit
 */
export function mergedBy(
  pulls: readonly Pull[],
  { GITHUB_SHA: sha, GITHUB_REF: ref }: NodeJS.ProcessEnv,
): Merged | null {
  for (const pull of pulls) {
    const { merged_at, merge_commit_sha, base } = pull
    if (merged_at !== null && merge_commit_sha === sha && `refs/heads/${base.ref}` === ref)
      return { ...pull, merged_at }
  }
  return null
}
