import { startWorld } from './world.ts'

const world = startWorld()

/** Variables that are declared sensitive, each with the value of its name, wherever that is written. */
const names = ['tfvars', 'map', 'heredoc', 'auto', 'json', 'file', 'odd', 'default', 'number', 'given', 'quoted']
const texts = Object.fromEntries(names.map((name) => [name, `hunter2-${name}`]))

const files = {
  'main.tf': `
terraform {
  backend "http" {}
}
variable "whole" {
  ephemeral = true
  default   = "q"
}
variable "public" {}
${names
  .filter((name) => name !== 'default')
  .map((name) => `variable "v_${name}" {\n  sensitive = true\n}`)
  .join('\n')}
variable "v_default" {
  sensitive = true # "
  default   = { "inner" = ["hunter2-default"] }
}
resource "terraform_data" "single" {
  provisioner "local-exec" {
    command = <<-EOT
      echo ${names.map((name) => `\${nonsensitive(jsonencode(var.v_${name}))}`).join(' ')} | tr -d '\\\\"' # \${var.public}
    EOT
  }
}`,
  'terraform.tfvars': `public   = "well-known"
v_tfvars = "hunter2-tfvars" // }
v_map    = { "user" = ["x", { "deep" : "hunter2-map" }] }
v_number = 7654321012
v_quoted = "hun\\u0074er2-quoted"
v_heredoc = <<-E
    hunter2-heredoc
  E
`,
  'a.auto.tfvars': 'v_auto = "hunter2-auto"',
  'b.auto.tfvars.json': JSON.stringify({ v_json: [{ a: texts['json'] }] }),
  'other.tfvars': 'v_file = "hunter2-file"',
}

async function logOf(args: readonly string[]): Promise<{ code: number | null; out: string; log: string }> {
  const place = await world.place('', 'variables')
  for (const [name, text] of Object.entries(files)) await place.write(name, text)
  const env = { TF_VAR_v_given: 'hunter2-given', TF_CLI_ARGS_apply: '-var-file=other.tfvars -var v_odd=hunter2-odd' }
  const { code, out } = await place.record(args, env)
  const { deployments } = (await (await world.worker.fetch('/api/deployments')).json()) as {
    deployments: { id: string }[]
  }
  const path = `/api/deployments/${deployments[0]?.id}`
  return { code, out, log: await (await world.worker.fetch(`${path}/logs?limit=5000`)).text() }
}

test('values of sensitive variables are in no log, wherever they come from', async () => {
  const { code, out, log } = await logOf(['apply', '-auto-approve'])
  expect(code).toBe(0)
  for (const name of names.filter((each) => each !== 'number')) expect(out).toContain(texts[name])
  expect(out).toContain('7654321012')
  expect(log).toContain('(sensitive)')
  expect(log).not.toMatch(/hunter2|7654321012/)
})

test('a file that is not understood has only secrets while no plan tells more', async () => {
  const place = await world.place('', 'variables')
  await place.write('terraform.tfvars', 'password = "terraform_data.single" = {\n')
  await place.record(['refresh'])
  const { deployments } = (await (await world.worker.fetch('/api/deployments?operation=refresh')).json()) as {
    deployments: { id: string }[]
  }
  const log = await (await world.worker.fetch(`/api/deployments/${deployments[0]?.id}/logs`)).text()
  expect(log).toContain('password = \\"(sensitive)\\" = {')
})
