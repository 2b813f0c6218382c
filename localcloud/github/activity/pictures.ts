import { numberParam, routesOf } from '../front/routes.ts'
import type { Call, World } from '../world.ts'

/** A picture for everybody, so that pages which show `avatar_url` are whole without a network. */
export const pictureRoutes = routesOf({ 'GET /avatars/u/:id': picture })

const size = 5

/** Squares in a colour, mirrored, both of which follow from the number. */
function picture(_world: World, c: Call): Response {
  const id = numberParam(c, 'id')
  const seed = Math.imul(id + 1, 2_654_435_761) >>> 0
  const squares = Array.from({ length: size * size }, (_, index) => {
    const [row, column] = [Math.floor(index / size), index % size]
    const bit = row * 3 + Math.min(column, size - 1 - column)
    return (seed >>> bit) & 1 ? `<path d="M${column} ${row}h1v1h-1z"/>` : ''
  })
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-1 -1 7 7" fill="hsl(${seed % 360} 55% 55%)">${squares.join('')}</svg>`
  return c.body(svg, 200, { 'content-type': 'image/svg+xml', 'cache-control': 'max-age=86400' })
}
