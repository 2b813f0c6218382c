import { execFileSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { startWorld, throughline } from './world.ts'

const world = startWorld()

test('a git that does not answer keeps nobody waiting', async () => {
  const place = await world.place('', 'slow')
  await place.write('monitor', '#!/bin/sh\nsleep 30\n')
  chmodSync(join(place.folder, 'monitor'), 0o755)
  const git = (...args: string[]) => execFileSync('git', args, { cwd: place.folder, stdio: 'ignore' })
  git('init')
  git('add', 'main.tf')
  git('config', 'core.fsmonitor', join(place.folder, 'monitor'))
  const started = Date.now()
  expect(await place.record(['plan'])).toMatchObject({ code: 0, err: expect.stringMatching(/^Throughline: deploy-/) })
  expect(Date.now() - started).toBeLessThan(4500)
})

test('a place in which nothing can be made is no place, and costs nothing', async () => {
  const place = await world.place('', 'nowhere')
  const env = { XDG_STATE_HOME: '/proc/nope', TMPDIR: '/proc/nope' }
  const run = await place.start([throughline, 'terraform', 'plan'], env).ended
  expect(run).toMatchObject({ code: 0, err: expect.stringMatching(/^Throughline: deploy-/) })
}, 20_000)
