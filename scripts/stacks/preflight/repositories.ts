import { matchesBranch } from '../../../stacks/schema/repository-rules.ts'

/** A repository as the settings want it. */
export type Wanted = {
  readonly name: string
  readonly existing?: boolean | undefined
  readonly defaultBranch?: string | undefined
  readonly protection?: readonly { readonly branches: string }[] | undefined
}

/** What GitHub and the state say of it. No branches: they are not known, or too many. */
export type Found = {
  readonly exists: boolean
  readonly isManaged: boolean
  readonly branches: readonly string[] | null
  readonly mayAdminister: boolean
}

/** `faults` end an apply for certain, `warnings` only may surprise. Each begins with its place in the settings. */
export type Findings = { readonly faults: readonly string[]; readonly warnings: readonly string[] }

/** Why a repository cannot be made as it is wanted. */
export function judge(owner: string, wanted: Wanted, at: number, found: Found): Findings {
  const place = `github.repositories[${at}]`
  const name = `${owner}/${wanted.name}`
  if (!found.exists) return judgeMissing(name, wanted, place, found)
  if (!wanted.existing && !found.isManaged)
    return fault(`${place}: ${name} is there already; add existing: true to take it over, or choose another name.`)
  const { faults, warnings } = judgeBranches(name, wanted, place, found)
  if (found.mayAdminister) return { faults, warnings }
  const weak = `${place}: GITHUB_TOKEN does not administer ${name}; changes of it will be refused.`
  return { faults, warnings: [weak, ...warnings] }
}

function judgeMissing(name: string, { existing }: Wanted, place: string, { isManaged }: Found): Findings {
  if (isManaged)
    return warning(
      `${place}: ${name} is in the state, but GITHUB_TOKEN sees none: it was deleted, or the token is for others.`,
    )
  if (existing)
    return fault(`${place}.existing: there is no ${name} that GITHUB_TOKEN may see; remove it to make a new one.`)
  return nothing
}

function judgeBranches(name: string, wanted: Wanted, place: string, { branches }: Found): Findings {
  if (branches === null) return nothing
  const { defaultBranch = 'main', protection = [] } = wanted
  const there = branches.length > 0 ? `it has ${branches.join(', ')}` : 'it has none'
  const remedy = `${there}: push it first, or correct it.`
  const isThere = branches.includes(defaultBranch)
  return {
    faults: isThere ? [] : [`${place}.defaultBranch: ${name} has no branch "${defaultBranch}"; ${remedy}`],
    warnings: protection.flatMap(({ branches: pattern }, index) =>
      pattern === defaultBranch || branches.some((branch) => matchesBranch(branch, pattern))
        ? []
        : [`${place}.protection[${index}].branches: "${pattern}" matches no branch of ${name} yet; ${there}.`],
    ),
  }
}

const nothing: Findings = { faults: [], warnings: [] }

function fault(text: string): Findings {
  return { faults: [text], warnings: [] }
}

function warning(text: string): Findings {
  return { faults: [], warnings: [text] }
}
