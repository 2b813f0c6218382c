import { Aspects, HttpBackend, TerraformStack, TerraformVariable } from 'cdktf'
import type { App, IAspect, TerraformResource } from 'cdktf'
import { policies } from './policies/all.ts'
import type { Settings } from './schema/settings.ts'

export type StackName = 'cloudflare' | 'domains' | 'github' | 'azure' | 'auth0'

/** What all stacks have: a state of their own on the control plane, its lock, and the policies. */
export class BaseStack extends TerraformStack {
  readonly #secrets = new Map<string, TerraformVariable>()
  readonly #adopted: { readonly to: string; readonly id: string }[] = []

  constructor(app: App, name: StackName, settings: Settings, aspects: readonly IAspect[] = policies(settings)) {
    super(app, name)
    const address = stateAddress(settings, name)
    // Without the two lock addresses Terraform does not lock. Who it is comes from TF_HTTP_USERNAME and _PASSWORD.
    new HttpBackend(this, {
      address,
      lockAddress: address,
      lockMethod: 'LOCK',
      unlockAddress: address,
      unlockMethod: 'UNLOCK',
    })
    this.addOverride('terraform.required_version', '>= 1.5')
    // An aspect of the app is ignored: it must stand on each stack.
    for (const aspect of aspects) Aspects.of(this).add(aspect)
  }

  /**
   * Takes over what exists already, by an import block. cdktf's `importFrom` writes the same, but starts terraform for
   * each to ask its version: a synthesis would need the program, and call home through it.
   */
  adopt(resource: TerraformResource, id: string): void {
    this.#adopted.push({ to: `${resource.terraformResourceType}.${resource.friendlyUniqueId}`, id })
    this.addOverride('import', this.#adopted)
  }

  /** A value that is never written down: Terraform takes it from `TF_VAR_<name>`. */
  secret(name: string, description: string): string {
    const variable = this.#secrets.get(name) ?? this.#variable(name, description)
    this.#secrets.set(name, variable)
    return variable.stringValue
  }

  /** Its id is none that something else could have, such as a repository; its name is as given. */
  #variable(name: string, description: string): TerraformVariable {
    const props = { type: 'string', sensitive: true, nullable: false, description }
    const variable = new TerraformVariable(this, `variable:${name}`, props)
    variable.overrideLogicalId(name)
    return variable
  }
}

/** Where a stack keeps its state. */
export function stateAddress({ url, project }: Settings, name: StackName): string {
  return `${url}/state/${project}/${name}`
}
