import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, openConnections, scanFromScreen, visit } from './support/browser.mjs'
import { Person, Phone, linkedAccount } from './support/clients.mjs'
import { World } from './support/processes.mjs'

let world, browser
before(async () => {
  world = await World.start()
  browser = await launch()
})
after(async () => {
  await browser?.close()
  await world?.stop()
})

test('a second person sees and commands nothing of the first', async () => {
  const ana = await Person.register(world, 'Ana')
  const bob = await Person.register(world, 'Bob')
  const phone = await Phone.create(world, '+593987654321', 'Ana')
  const account = await linkedAccount(ana, phone, 'Secret shop')

  const hers = await openConnections(await visit(browser, world, { person: ana }))
  const his = await visit(browser, world, { person: bob })
  const heard = []
  his.on('websocket', socket => socket.on('framereceived', frame => heard.push(`${frame.payload}`)))
  await openConnections(his)

  await hers.getByRole('heading', { name: 'Secret shop' }).waitFor()
  await his.getByRole('heading', { name: 'Connect your first WhatsApp' }).waitFor()
  assert.ok(!(await his.content()).includes('Secret shop'))

  // Every way to reach it answers as if it did not exist.
  const path = `/api/accounts/${account.id}`
  for (const [method, target, body] of [
    ['GET', path],
    ['PATCH', path, { label: 'Mine' }],
    ['DELETE', path],
    ['POST', `${path}/session`, {}],
    ['GET', `${path}/session/status`],
    ['GET', `${path}/session/qr`],
    ['DELETE', `${path}/session`],
    ['POST', `${path}/session/pair-code`, { phone_number: '+593987654321' }],
    ['GET', `${path}/session/passkey`],
    ['POST', `${path}/session/passkey`, { assertion: {} }],
    ['POST', `${path}/session/passkey/confirm`],
    ['GET', `${path}/activity`],
    ['GET', `${path}/uptime`],
    ['POST', '/api/messages', { account_id: account.id, to: '+593987654321', type: 'text', text: 'not mine' }],
  ]) {
    const response = await bob.fetch(method, target, body)
    assert.equal(response.status, 404, `${method} ${target}`)
    assert.equal((await response.json()).error.code, 'account_not_found', `${method} ${target}`)
  }

  // What happens to her account reaches her page and not his socket.
  await ana.call('PATCH', path, { label: 'Renamed shop' })
  await hers.getByRole('heading', { name: 'Renamed shop' }).waitFor()
  await phone.unlinkAll()
  await hers.getByText('Unlinked on the phone').waitFor()

  // His own events still arrive, so silence before was no deafness.
  await his.getByRole('button', { name: 'Connect WhatsApp' }).click()
  await scanFromScreen(his)
  assert.ok(heard.some(frame => frame.includes('whatsapp:qr')))
  assert.ok(!heard.some(frame => frame.includes(account.id)), 'his socket heard of her account')
  assert.deepEqual((await ana.call('GET', path)).label, 'Renamed shop')
})
