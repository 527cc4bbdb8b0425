import Fastify from 'fastify'
import { shift, sorted, squeezed, primes, hashed } from './jobs.js'

const app = Fastify({ logger: true, ajv: { customOptions: { coerceTypes: true } } })
await app.register(import('@fastify/cookie'), { secret: 'only for this example' })
await app.register(import('@fastify/static'), { root: new URL('public', import.meta.url).pathname, prefix: '/static/' })
await app.register(import('@fastify/view'), { engine: { ejs: (await import('ejs')).default } })

const price = { type: 'object', required: ['name', 'price'], properties: {
  name: { type: 'string', minLength: 1 }, price: { type: 'number', exclusiveMinimum: 0 }, mail: { type: 'string', format: 'email' } } }
const shown = { 200: { type: 'object', properties: { name: { type: 'string' }, price: { type: 'number' } } } }

app.get('/', async () => 'fastify ok\n')
app.post('/items', { schema: { body: price, response: shown } }, async (request) => ({ ...request.body, secret: 1 }))
app.get('/list', async (request, reply) => reply.view('list.ejs', { title: 'Fruit', names: [request.query.n].flat() }))
app.get('/visits', async (request, reply) => {
  const before = request.unsignCookie(request.cookies.visits ?? '')
  const visits = Number(before.valid ? before.value : 0) + 1
  reply.setCookie('visits', String(visits), { signed: true })
  return { visits }
})
app.get('/sorted', async (request) => sorted(request.query.words))
app.get('/squeezed', async (request, reply) => reply.header('content-encoding', 'br').send(squeezed('x'.repeat(1000))))
app.get('/primes', async (request) => ({ primes: await primes(Number(request.query.below)) }))
app.get('/hashed', async (request) => hashed(request.query.word))
app.get('/shift', async (request) => shift(request.query.time, request.query.zone, request.query.language))
app.get('/fetch', async (request) => (await fetch(request.query.url)).text())
app.get('/broken', async () => { throw new Error('broken on purpose') })
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => app.close().then(() => process.exit(0)))
await app.listen({ port: 21105, host: '0.0.0.0' })
