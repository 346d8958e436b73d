import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, openConnections, visit } from './support/browser.mjs'
import { Person, Phone, linkedAccount } from './support/clients.mjs'
import { World } from './support/processes.mjs'

let world, browser, ana, phone
before(async () => {
  world = await World.start()
  browser = await launch()
  ana = await Person.register(world, 'Ana')
  phone = await Phone.create(world, '+593987654321', 'Ana')
  await linkedAccount(ana, phone, 'Store')
})
after(async () => {
  await browser?.close()
  await world?.stop()
})

test('a server that is killed is missed, and what happened meanwhile is shown when it is back', async () => {
  const page = await openConnections(await visit(browser, world, { person: ana }))
  const card = page.getByRole('listitem').filter({ hasText: 'Store' })
  await card.getByText('Connected', { exact: true }).waitFor()
  const bar = page.getByText('Reconnecting to the server…')
  assert.equal(await bar.count(), 0)

  await world.server.stop('SIGKILL')
  await bar.waitFor()
  await phone.unlinkAll()
  await world.startServer()
  await bar.waitFor({ state: 'detached' })
  await card.getByText('Unlinked on the phone').waitFor()
})

test('a socket that misses events asks for everything when it is back', async () => {
  const page = await visit(browser, world, { person: ana })
  // In between, so that the connection can be cut without the server knowing.
  let cut
  await page.routeWebSocket(/socket\.io/, socket => {
    const server = socket.connectToServer()
    cut = () => Promise.all([socket.close(), server.close()])
  })
  await openConnections(page)
  await page.getByRole('heading', { name: 'Store' }).waitFor()
  const account = (await ana.call('GET', '/api/accounts')).items[0]

  await page.context().setOffline(true)
  await cut()
  await page.getByText('Reconnecting to the server…').waitFor()
  await ana.call('PATCH', `/api/accounts/${account.id}`, { label: 'Renamed while away' })
  await ana.call('POST', '/api/accounts', { label: 'Made while away' })
  await page.context().setOffline(false)

  await page.getByText('Reconnecting to the server…').waitFor({ state: 'detached' })
  await page.getByRole('heading', { name: 'Renamed while away' }).waitFor()
  await page.getByRole('heading', { name: 'Made while away' }).waitFor()
})
