import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, visit } from './support/browser.mjs'
import { Person, Phone, linkedAccount } from './support/clients.mjs'
import { World } from './support/processes.mjs'

const FIRST_LOAD_BYTES = 250_000
/** Every page that acts, and what is there once it does. */
const PAGES = [
  { path: '/settings/connections', acts: '#connect:enabled', signedIn: true },
  { path: '/messages', acts: '#compose:enabled', signedIn: true },
  { path: '/inbox', acts: '#search:enabled', signedIn: true },
  { path: '/settings/api-keys', acts: '#create-key:enabled', signedIn: true },
  { path: '/settings/webhooks', acts: '#add-webhook:enabled', signedIn: true },
  { path: '/settings/receiving', acts: '#save:enabled', signedIn: true },
  { path: '/login', acts: 'button.primary:enabled' },
]

let world, browser, ana, store
before(async () => {
  world = await World.start()
  browser = await launch()
  ana = await Person.register(world, 'Ana')
  store = await linkedAccount(ana, await Phone.create(world, '+593987654321', 'Ana'), 'Store')
})
after(async () => {
  await browser?.close()
  await world?.stop()
})

for (const { path, acts, signedIn } of PAGES) {
  test(`the first load of ${path} stays within its budget, and has no other page in it`, async t => {
    const page = await visit(browser, world, { person: signedIn && ana })
    const session = await page.context().newCDPSession(page)
    await session.send('Network.enable')
    const sizes = new Map()
    const urls = new Map()
    session.on('Network.responseReceived', ({ requestId, response }) => urls.set(requestId, response.url))
    session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => sizes.set(requestId, encodedDataLength))
    await page.goto(path === '/settings/receiving' ? `${path}?account=${store.id}` : path)
    await page.locator(acts).first().waitFor()
    const loaded = [...sizes]
      .map(([id, size]) => [urls.get(id) ?? '', size])
      .filter(([url]) => url && !/\/api\/|socket\.io\//.test(url))
    const total = loaded.reduce((sum, [, size]) => sum + size, 0)
    const table = loaded.map(([url, size]) => `${size} ${new URL(url).pathname}`).join('\n')
    assert.equal(loaded.filter(([url]) => url.endsWith('.wasm')).length, 1, `one module was loaded:\n${table}`)
    t.diagnostic(`${total} bytes`)
    assert.ok(total <= FIRST_LOAD_BYTES, `${total} bytes:\n${table}`)
    assert.deepEqual(page.problems, [])
    await page.context().close()
  })
}
