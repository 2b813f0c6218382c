import type { TerraformMetaArguments } from 'cdktf'
import type { Construct } from 'constructs'
import { BareResource } from './typed.ts'

type Props = { readonly account_id: string; readonly name: string }

/** The provider has it since 5.20, its generated bindings do not. Its secrets are made by the Worker, not by Terraform. */
export class SecretsStore extends BareResource<Props> {
  constructor(scope: Construct, id: string, props: Props, meta: TerraformMetaArguments) {
    super(scope, id, 'cloudflare_secrets_store', props, meta)
  }
}
