import type { World } from './world.ts'

/** Whether what a step is for is there already, and in words what is, or what would be done. */
export type Finding = { readonly isDone: boolean; readonly says: string }

/** One step from nothing to a control plane. It can be taken again after it was cut off anywhere. */
export type Step = {
  readonly title: string
  /** Changes nothing. */
  readonly look: (world: World) => Promise<Finding>
  /** Does it, or the rest of it. @returns what is there then */
  readonly take: (world: World) => Promise<string>
}

export function done(says: string): Finding {
  return { isDone: true, says }
}

export function open(says: string): Finding {
  return { isDone: false, says }
}

/** Takes the steps that are not done, or only tells of them. */
export async function walk(steps: readonly Step[], world: World): Promise<void> {
  for (const { title, look, take } of steps) {
    const { isDone, says } = await look(world)
    if (isDone) {
      console.log(`✓ ${title}: ${says}`)
      continue
    }
    console.log(`${world.isDry ? '·' : '▸'} ${title}: ${says}`)
    if (!world.isDry) console.log(`✓ ${title}: ${await take(world)}`)
  }
}
