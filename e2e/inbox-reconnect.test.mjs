import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { launch, visit } from './support/browser.mjs'
import { Person, Phone, eventually, linkedAccount } from './support/clients.mjs'
import { ANA, BRUNO, CARLA, known, message, row, writes } from './support/inbox.mjs'
import { World } from './support/processes.mjs'

let world, browser, ana, store, bruno, carla
before(async () => {
  world = await World.start({ RATE_LIMITING_ENABLED: 'false' })
  browser = await launch()
  ana = await Person.register(world, 'Ana')
  bruno = await Phone.create(world, BRUNO, 'Bruno')
  carla = await Phone.create(world, CARLA, 'Carla')
  store = await linkedAccount(ana, await Phone.create(world, ANA, 'Ana'), 'Store')
})
after(async () => {
  await browser?.close()
  await world?.stop()
})
afterEach(() => Promise.all(browser.contexts().map(context => context.close())))

/** A connection that can be cut without the server knowing it, and what went over it. */
async function tunnel(page) {
  const line = { asked: [], answers: 0, change: answer => answer }
  await page.routeWebSocket(/socket\.io/, socket => {
    const server = socket.connectToServer()
    const questions = new Map()
    socket.onMessage(frame => {
      const [, number, rest] = /^42(\d+)(\[.*)/s.exec(`${frame}`) ?? []
      const [name, question] = rest ? JSON.parse(rest) : []
      if (name === 'events:since') {
        line.asked.push(question)
        questions.set(number, question)
      }
      server.send(frame)
    })
    server.onMessage(frame => {
      const [, number, rest] = /^43(\d+)(\[.*)/s.exec(`${frame}`) ?? []
      if (!questions.has(number)) return socket.send(frame)
      const [answer] = JSON.parse(rest)
      socket.send(`43${number}${JSON.stringify([line.change(answer, questions.get(number))])}`)
      line.answers += 1
    })
    line.cut = () => Promise.all([socket.close(), server.close()])
  })
  /** Goes through it: `meanwhile` the page hears nothing. */
  line.pass = async meanwhile => {
    await page.context().setOffline(true)
    await line.cut()
    await page.getByText('Reconnecting to the server…').waitFor()
    line.asked = []
    line.answers = 0
    await meanwhile()
    await page.context().setOffline(false)
    await page.getByText('Reconnecting to the server…').waitFor({ state: 'detached' })
  }
  return line
}

test('what is missed without a connection is asked for by its number when it is back', async () => {
  const page = await visit(browser, world, { person: ana })
  const line = await tunnel(page)
  await page.goto('/inbox')
  await writes(bruno, 'Before the tunnel')
  await row(page, 'Bruno').getByText('Before the tunnel').waitFor()
  await row(page, 'Bruno').click()
  await message(page, 'Before the tunnel').waitFor()
  await eventually('an answer', () => line.answers > 0)
  const [{ after: atFirst }] = line.asked
  await line.pass(async () => {
    await writes(bruno, 'In the tunnel')
    await writes(carla, 'Also in the tunnel')
    await known(ana, 'Bruno', 'In the tunnel')
    await known(ana, 'Carla', 'Also in the tunnel')
  })
  await message(page, 'In the tunnel').waitFor()
  await row(page, 'Carla').getByText('Also in the tunnel').waitFor()
  assert.equal(await message(page, 'In the tunnel').count(), 1)
  const [{ accountId, after }] = line.asked
  assert.equal(accountId, store.id)
  assert.ok(after > atFirst, `${after} is not after ${atFirst}`)
})

test('an account that told nothing since the page was loaded is asked for by its number too', async () => {
  const rosa = await Person.register(world, 'Rosa')
  const numbers = { Till: '+593991203411', Desk: '+593991203422' }
  const ids = []
  for (const [label, number] of Object.entries(numbers)) {
    ids.push((await linkedAccount(rosa, await Phone.create(world, number, label), label)).id)
  }
  const page = await visit(browser, world, { person: rosa })
  const line = await tunnel(page)
  const lists = []
  page.on('request', request => request.url().includes('/api/conversations') && lists.push(request.url()))
  await page.goto('/inbox')
  await page.getByText('No conversations yet').waitFor()
  await eventually('both answers', () => line.answers === 2)

  // Nothing was missed, and so nothing but that is asked.
  await eventually('the lists', () => lists.length > 0)
  lists.length = 0
  await line.pass(() => {})
  await eventually('both answers', () => line.answers === 2)
  assert.deepEqual(line.asked.map(it => it.accountId).sort(), [...ids].sort())
  assert.ok(line.asked.every(it => it.after > 0), JSON.stringify(line.asked))
  assert.deepEqual(lists, [])

  await line.pass(async () => {
    await writes(bruno, { to: numbers.Desk, text: 'Is somebody there?' })
    await eventually('the conversation', async () => (await rosa.call('GET', '/api/conversations')).items.length === 1)
  })
  await row(page, 'Bruno').getByText('Is somebody there?').waitFor()
  await row(page, 'Bruno').click()
  await message(page, 'Is somebody there?').waitFor()
  assert.equal(await row(page, 'Bruno').count(), 1)
  assert.equal(await message(page, 'Is somebody there?').count(), 1)
  assert.deepEqual(line.asked.map(it => it.accountId).sort(), [...ids].sort())

  // Where the ledger begins later by now, what is shown is asked for anew.
  line.change = answer => ({ ...answer, events: [] })
  await line.pass(async () => {
    await writes(bruno, { to: numbers.Desk, text: 'Not in the ledger any more' })
    await eventually('the message', async () =>
      (await rosa.call('GET', '/api/conversations')).items[0].last_message.text === 'Not in the ledger any more')
  })
  await message(page, 'Not in the ledger any more').waitFor()
  await row(page, 'Bruno').getByText('Not in the ledger any more').waitFor()
})

test('an event that is passed over is asked for', async () => {
  const page = await visit(browser, world, { person: ana })
  let connected = false
  let swallow = false
  await page.routeWebSocket(/socket\.io/, socket => {
    const server = socket.connectToServer()
    server.onMessage(frame => {
      connected ||= `${frame}`.startsWith('40')
      if (swallow && `${frame}`.includes('Swallowed')) swallow = false
      else socket.send(frame)
    })
  })
  await page.goto('/inbox')
  await row(page, 'Carla').click()
  await message(page, 'Also in the tunnel').waitFor()
  await eventually('the socket', () => connected)
  swallow = true
  await writes(carla, 'Swallowed')
  await eventually('it is swallowed', () => !swallow)
  await writes(bruno, 'And the next one')
  await message(page, 'Swallowed').waitFor()
  await row(page, 'Bruno').getByText('And the next one').waitFor()
})
