import { copyAssets } from './embedded/bundle.ts'

await copyAssets()
