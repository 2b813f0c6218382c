import { TerraformProvider, TerraformResource } from 'cdktf'
import type { TerraformMetaArguments } from 'cdktf'
import type { Construct } from 'constructs'

/** Attributes and blocks under the provider's own names; a value may be a reference to another resource. */
type Attributes = Readonly<Record<string, unknown>>

/** A provider that has no `@cdktf/provider-*` package. It takes its credentials from the environment. */
export class BareProvider extends TerraformProvider {
  constructor(scope: Construct, name: string, source: string, version: string) {
    super(scope, name, {
      terraformResourceType: name,
      terraformProviderSource: source,
      terraformGeneratorMetadata: { providerName: name, providerVersion: version },
    })
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    return {}
  }
}

/** A resource that has no binding. Each type has a class of its own that says which attributes it takes. */
export class BareResource<Props extends Attributes> extends TerraformResource {
  readonly #props: Props

  constructor(scope: Construct, id: string, type: string, props: Props, meta: TerraformMetaArguments = {}) {
    const [providerName = type] = type.split('_')
    super(scope, id, { terraformResourceType: type, terraformGeneratorMetadata: { providerName }, ...meta })
    this.#props = props
  }

  get id(): string {
    return this.getStringAttribute('id')
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    return { ...this.#props }
  }
}
