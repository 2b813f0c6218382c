import { draftIssueNode, projectItemNode } from '../projects/item-nodes.ts'
import { projectNode } from '../projects/nodes.ts'
import { ownerFields } from '../projects/owner.ts'
import type { Shows } from './graph.ts'
import { accountNode } from './nodes/account.ts'
import { commentNode, labelNode, milestoneNode } from './nodes/conversation.ts'
import { gitObjectNode, refNode } from './nodes/git.ts'
import { issueNode } from './nodes/issue.ts'
import { protectionNode } from './nodes/protection.ts'
import { pullNode, reviewNode } from './nodes/pull.ts'
import { repositoryNode } from './nodes/repository.ts'

/** Every noun that GraphQL shows. */
export const shows: Shows = {
  account: accountNode,
  repository: repositoryNode,
  ref: refNode,
  gitObject: gitObjectNode,
  issue: issueNode,
  pull: pullNode,
  review: reviewNode,
  comment: commentNode,
  label: labelNode,
  milestone: milestoneNode,
  protection: protectionNode,
  projectOwner: ownerFields,
  project: projectNode,
  projectItem: projectItemNode,
  draftIssue: draftIssueNode,
}
