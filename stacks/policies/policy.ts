import {
  Annotations,
  DefaultTokenResolver,
  StringConcat,
  TerraformElement,
  TerraformResource,
  Tokenization,
} from 'cdktf'
import type { IAspect } from 'cdktf'
import type { IConstruct } from 'constructs'
import { z } from 'zod'

/** A rule that every construct of a stack is held to. What it finds fails the synthesis, and says what to change. */
export function policy(judge: (node: IConstruct) => Iterable<string>): IAspect {
  return {
    visit(node) {
      for (const fault of judge(node)) Annotations.of(node).addError(fault)
    },
  }
}

const Resource = z.object({ resource: z.record(z.string(), z.record(z.string(), z.record(z.string(), z.unknown()))) })

export type Declared = {
  readonly type: string
  readonly attributes: Readonly<Record<string, unknown>>
  /** An attribute that is a text; empty when it is none. */
  readonly text: (name: string) => string
}

/** Several policies look at each construct, and some at all others: each is resolved once. */
const documents = new WeakMap<IConstruct, unknown>()
const declarations = new WeakMap<IConstruct, Declared>()

/** A resource as Terraform will read it, references resolved; null for anything else. */
export function declaredBy(node: IConstruct): Declared | null {
  if (!TerraformResource.isTerraformResource(node)) return null
  const known = declarations.get(node) ?? declarationOf(node)
  declarations.set(node, known)
  return known
}

function declarationOf(node: TerraformResource): Declared {
  const type = node.terraformResourceType
  const { resource } = Resource.parse(documentOf(node))
  const [attributes = {}] = Object.values(resource[type] ?? {})
  const text = (name: string) => {
    const value = attributes[name]
    return typeof value === 'string' ? value : ''
  }
  return { type, attributes, text }
}

/** What an element adds to the document of its stack. */
export function documentOf(node: IConstruct): unknown {
  if (!TerraformElement.isTerraformElement(node)) return null
  const resolver = new DefaultTokenResolver(new StringConcat())
  const document =
    documents.get(node) ?? Tokenization.resolve(node.toTerraform(), { scope: node, resolver, preparing: false })
  documents.set(node, document)
  return document
}
