import type { Json } from '../../accounts/present.ts'
import { addComment } from '../../issues/comments.ts'
import { demand, may } from '../access.ts'
import { Failure, unprocessable } from '../failure.ts'
import type { Graph } from '../graph.ts'
import { subjectAt } from '../targets.ts'

/** What is said on issues and pull requests. */
export const commentMutations: Json = {
  addComment: ({ input }: { input: { subjectId: string; body: string } }, g: Graph) => {
    const { repository, issue } = subjectAt(g, input.subjectId)
    demand(g, repository, 'read', 'addComment')
    if (input.body.trim() === '') throw unprocessable("Body can't be blank")
    if (issue.locked && !may(g, repository, 'write'))
      throw new Failure('FORBIDDEN', 'Unable to create comment because issue is locked.')
    const comment = addComment(g.world, repository, issue, g.caller.user, input.body)
    const node = () => g.show.comment(g, repository, issue, comment)
    return {
      subject: () => g.show.issue(g, repository, issue),
      commentEdge: { cursor: '', node },
      timelineEdge: { cursor: '', node },
    }
  },
}
