import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KeyVault } from '@cdktf/provider-azurerm/lib/key-vault/index.js'
import { AzurermProvider } from '@cdktf/provider-azurerm/lib/provider/index.js'
import { CloudflareProvider } from '@cdktf/provider-cloudflare/lib/provider/index.js'
import { Queue } from '@cdktf/provider-cloudflare/lib/queue/index.js'
import { ActionsSecret } from '@cdktf/provider-github/lib/actions-secret/index.js'
import { BranchProtection } from '@cdktf/provider-github/lib/branch-protection/index.js'
import { GithubProvider } from '@cdktf/provider-github/lib/provider/index.js'
import { Repository } from '@cdktf/provider-github/lib/repository/index.js'
import { App, TerraformVariable } from 'cdktf'
import { PolicyViolation, synthesize } from '../app.ts'
import { BaseStack } from '../base.ts'
import { checkSettings } from '../schema/settings.ts'
import { settings as example } from '../settings.ts'
import { synthesised, withRepository } from '../testing.ts'
import { tagsOf } from './tags.ts'

const settings = checkSettings(example)
const accountId = settings.cloudflare.accountId

/** What synthesis says of a stack with these resources. */
function faults(declare: (stack: BaseStack) => void): string[] {
  const outdir = mkdtempSync(join(tmpdir(), 'throughline-policy-'))
  try {
    const app = new App({ outdir, stackTraces: false })
    const stack = new BaseStack(app, 'cloudflare', settings)
    new CloudflareProvider(stack, 'cloudflare', {})
    new GithubProvider(stack, 'github', {})
    new AzurermProvider(stack, 'azurerm', { features: [{}] })
    declare(stack)
    synthesize(app)
    return []
  } catch (error) {
    if (!(error instanceof PolicyViolation)) throw error
    return error.message.split('\n').slice(1)
  } finally {
    rmSync(outdir, { recursive: true })
  }
}

const vault = { location: 'x', name: 'vault', resourceGroupName: 'x', skuName: 'standard', tenantId: 'x' }

test('a name that not every service takes is refused, with a better one', () => {
  expect(faults((stack) => new Queue(stack, 'q', { accountId, queueName: 'MyJobs_1' }))).toEqual([
    '  cloudflare/q: cloudflare_queue is called "MyJobs_1"; names are lower-case letters, digits and hyphens: call it "my-jobs-1".',
  ])
})

test('a resource without tags is refused', () => {
  expect(
    faults((stack) => new KeyVault(stack, 'v', { ...vault, tags: { project: 'throughline', owner: 'me' } })),
  ).toEqual(['  cloudflare/v: azurerm_key_vault lacks the tags owner, managed-by; add tags: tagsOf(settings).'])
  expect(faults((stack) => new KeyVault(stack, 'v', { ...vault, tags: tagsOf(settings) }))).toEqual([])
})

/** A public repository, with a protection of its own or of another one. */
function publicWith(pattern: string, isOwn: boolean) {
  return (stack: BaseStack) => {
    const repository = new Repository(stack, 'r', { name: 'r', visibility: 'public' })
    const other = new Repository(stack, 'other', { name: 'other', visibility: 'private' })
    new BranchProtection(stack, 'p', { repositoryId: isOwn ? repository.nodeId : other.nodeId, pattern })
  }
}

describe('a public repository', () => {
  const refusal =
    '  cloudflare/r: the repository "r" is public and nothing protects main; add { branches: \'main\' } to its protection, or make it private.'

  test('is refused without protection, also when nothing says that it is public', () => {
    expect(faults((stack) => new Repository(stack, 'r', { name: 'r', visibility: 'public' }))).toEqual([refusal])
    expect(faults((stack) => new Repository(stack, 'r', { name: 'r' }))).toEqual([refusal])
  })

  test('is refused when only another branch, or another repository, is protected', () => {
    expect(faults(publicWith('release/*', true))).toEqual([refusal])
    expect(faults(publicWith('main', false))).toEqual([refusal])
    expect(faults(publicWith('ma*', true))).toEqual([])
  })

  test('may be private instead', () => {
    expect(faults((stack) => new Repository(stack, 'r', { name: 'r', visibility: 'private' }))).toEqual([])
    expect(faults((stack) => new Repository(stack, 'r', { name: 'r', private: true }))).toEqual([])
  })

  test('is refused in the settings as well', () => {
    expect(() => synthesised(withRepository({ protection: [] }))).toThrow(
      'the repository "throughline" is public and nothing protects main',
    )
  })
})

describe('a secret that is written down', () => {
  const secret = 'hunter2-hunter2'
  const remedy = "use this.secret('name', 'what it is'), and set TF_VAR_name."

  test('is refused, and not repeated', () => {
    const said = faults(
      (stack) => new ActionsSecret(stack, 's', { repository: 'r', secretName: 'A', plaintextValue: secret }),
    )
    expect(said).toEqual([`  cloudflare/s: s.plaintext_value holds a secret as it is written; ${remedy}`])
  })

  test('is refused as a default of a sensitive variable', () => {
    const said = faults(
      (stack) => new TerraformVariable(stack, 'v', { type: 'string', sensitive: true, default: secret }),
    )
    expect(said).toEqual([`  cloudflare/v: default holds a secret as it is written; ${remedy}`])
  })

  test('is refused as what a provider logs in with', () => {
    const said = faults((stack) => new CloudflareProvider(stack, 'second', { alias: 'second', apiToken: secret }))
    expect(said).toHaveLength(1)
    expect(said[0]).toContain('api_token holds a secret')
  })

  test('is known by its form wherever it stands', () => {
    const token = `ghp_${'a1B2'.repeat(9)}`
    const said = faults((stack) => new Queue(stack, 'q', { accountId: token, queueName: 'jobs' }))
    expect(said).toEqual([`  cloudflare/q: q.account_id holds a secret as it is written; ${remedy}`])
  })

  test('is no reference because it looks like one', () => {
    const said = faults(
      (stack) => new ActionsSecret(stack, 's', { repository: 'r', secretName: 'A', plaintextValue: '$${var.x}' }),
    )
    expect(said).toHaveLength(1)
  })

  test('is not what comes from a variable', () => {
    const said = faults((stack) => {
      const plaintextValue = stack.secret('a', 'A secret')
      new ActionsSecret(stack, 's', { repository: 'r', secretName: 'A', plaintextValue })
    })
    expect(said).toEqual([])
  })
})

test('all that is wrong with a stack is told at once', () => {
  const said = faults((stack) => {
    new Queue(stack, 'q', { accountId, queueName: 'Jobs' })
    new KeyVault(stack, 'v', vault)
  })
  expect(said).toHaveLength(2)
})
