import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { expectAccessible, launch, visit } from './support/browser.mjs'
import { Person, Phone, eventually, linkedAccount } from './support/clients.mjs'
import * as inbox from './support/inbox.mjs'
import { ANA, BRUNO, CARLA, composer, message, row, writes } from './support/inbox.mjs'
import { World } from './support/processes.mjs'

const DIEGO = '+593991203366'
const FELIX = '+593991203399'

let world, browser, ana, store, bruno, carla, diego
before(async () => {
  world = await World.start({ RATE_LIMITING_ENABLED: 'false' })
  browser = await launch()
  ana = await Person.register(world, 'Ana')
  bruno = await Phone.create(world, BRUNO, 'Bruno')
  carla = await Phone.create(world, CARLA, 'Carla')
  diego = await Phone.create(world, DIEGO, 'Diego')
  store = await linkedAccount(ana, await Phone.create(world, ANA, 'Ana'), 'Store')
})
after(async () => {
  await browser?.close()
  await world?.stop()
})

// What stays open goes on reading what comes.
afterEach(() => Promise.all(browser.contexts().map(context => context.close())))

const conversation = name => inbox.conversation(ana, name)
const messagesWith = name => inbox.messagesWith(ana, name)
const known = (name, text) => inbox.known(ana, name, text)

async function openInbox(path = '/inbox', options = {}) {
  const page = await visit(browser, world, { person: ana, ...options })
  await page.goto(path)
  await page.locator('#search:enabled').waitFor()
  return page
}
/** That somebody has no picture is an answer like any other, but browsers complain. */
const problems = page => page.problems.filter(problem => !problem.includes('/picture'))
const isUnread = async name => (await conversation(name)).unread

test('what somebody writes is in the list and the thread without a reload, and read once it is seen', async () => {
  const page = await openInbox()
  await writes(bruno, 'Is it ready?')
  await row(page, 'Bruno').getByText('Is it ready?').waitFor()
  await row(page, 'Bruno').getByLabel('1 unread').waitFor()
  assert.equal(await isUnread('Bruno'), 1)
  await row(page, 'Bruno').click()
  await message(page, 'Is it ready?').waitFor()
  await row(page, 'Bruno').getByLabel('1 unread').waitFor({ state: 'detached' })
  assert.equal(await isUnread('Bruno'), 0)
  await writes(bruno, 'And the other one?')
  await message(page, 'And the other one?').waitFor()
  await page.getByRole('status').filter({ hasText: 'Bruno: And the other one?' }).waitFor()
  await eventually('it is read', async () => (await isUnread('Bruno')) === 0)
  assert.deepEqual(problems(page), [])
})

test('an answer stands there at once, is seen to be delivered and read, and quotes what it answers', async () => {
  await writes(bruno, 'When do you open?')
  await known('Bruno', 'When do you open?')
  const page = await openInbox()
  await row(page, 'Bruno').click()
  await message(page, 'When do you open?').hover()
  await message(page, 'When do you open?').getByRole('button', { name: 'Reply to Bruno' }).click()
  await page.locator('.composer .quoted').getByText('When do you open?').waitFor()
  await composer(page).fill('At nine')
  await composer(page).press('Enter')
  const answer = message(page, 'At nine')
  await answer.waitFor()
  assert.equal(await composer(page).inputValue(), '')
  await answer.getByLabel('Delivered').waitFor()
  await answer.locator('.quoted').getByText('When do you open?').waitFor()
  await bruno.call('POST', `/phones/${encodeURIComponent(BRUNO)}/read`, { from: ANA })
  await answer.getByLabel('Read').waitFor()
  const arrived = await eventually('the answer on the phone', async () =>
    (await bruno.messages()).find(it => it.text === 'At nine'))
  assert.ok(JSON.stringify(arrived).includes('When do you open?'), JSON.stringify(arrived))
  assert.equal(await answer.count(), 1)
  assert.deepEqual(problems(page), [])
})

test('what waits says why, and can be cancelled', async () => {
  await writes(bruno, 'Before the pause')
  await known('Bruno', 'Before the pause')
  const page = await openInbox()
  await row(page, 'Bruno').click()
  await message(page, 'Before the pause').waitFor()
  await ana.call('POST', `/api/accounts/${store.id}/queue/pause`)
  try {
    await composer(page).fill('Kept back')
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    const kept = message(page, 'Kept back')
    await kept.getByText('Waits because sending is paused').waitFor()
    await kept.getByRole('button', { name: 'Cancel' }).click()
    await kept.waitFor({ state: 'detached' })
  } finally {
    await ana.call('POST', `/api/accounts/${store.id}/queue/resume`)
  }
  assert.equal((await bruno.messages()).some(it => it.text === 'Kept back'), false)
})

test('what failed says why, and goes when it is sent again', async () => {
  await writes(carla, 'Hello')
  await known('Carla', 'Hello')
  const page = await openInbox()
  await row(page, 'Carla').click()
  await message(page, 'Hello').waitFor()
  await new Phone(world, ANA).fault('ack_error', { code: 479, times: 1 })
  await composer(page).fill('Hard to send')
  await composer(page).press('Enter')
  const failed = message(page, 'Hard to send')
  await failed.getByLabel('Not sent').waitFor()
  await failed.locator('.trouble.bad span').filter({ hasText: /\w/ }).waitFor()
  await failed.getByRole('button', { name: 'Send again' }).click()
  await failed.getByLabel('Delivered').waitFor()
})

test('edits, reactions, votes, places, contacts and deletions show as they come', async () => {
  const page = await openInbox()
  const first = await writes(diego, 'First words')
  await row(page, 'Diego').click()
  await message(page, 'First words').waitFor()
  await writes(diego, { type: 'edit', message_id: first.id, text: 'Better words' })
  await message(page, 'Better words').getByText('edited').waitFor()
  assert.equal(await message(page, 'First words').count(), 0)
  await writes(diego, { type: 'reaction', reaction: { emoji: '👍', to: first.id } })
  await message(page, 'Better words').locator('.reactions').getByText('👍').waitFor()

  const poll = await writes(diego, { type: 'poll', poll: { question: 'Which day?', options: ['Monday', 'Friday'] } })
  await message(page, 'Which day?').locator('li').filter({ hasText: 'Friday' }).getByText('0 votes').waitFor()
  await writes(diego, { type: 'vote', message_id: poll.id, options: ['Friday'] })
  await message(page, 'Which day?').locator('li').filter({ hasText: 'Friday' }).getByText('1 vote', { exact: true }).waitFor()

  await writes(diego, { type: 'location', location: { latitude: -0.22, longitude: -78.51, name: 'La Ronda' } })
  await message(page, 'La Ronda').getByRole('link', { name: 'Show on the map' }).waitFor()
  const vcard = 'BEGIN:VCARD\nVERSION:3.0\nFN:Elena\nTEL;type=CELL:+593 99 120 3377\nEND:VCARD'
  await writes(diego, { type: 'contact', contacts: [{ name: 'Elena', vcard }] })
  await message(page, 'Elena').getByText('+593 99 120 3377').waitFor()

  const gone = await writes(diego, 'Said by mistake')
  await message(page, 'Said by mistake').waitFor()
  await writes(diego, { type: 'delete', message_id: gone.id })
  await message(page, 'This message was deleted').waitFor()
  assert.equal(await message(page, 'Said by mistake').count(), 0)
  assert.deepEqual(problems(page), [])
})

test('in a group everybody has their name, and an answer quotes the right one', async () => {
  const { jid } = await bruno.call('POST', '/groups', { subject: 'Friends', owner: BRUNO, participants: [ANA, CARLA] })
  for (const [phone, text] of [[bruno, 'Who is coming?'], [carla, 'I am']]) await writes(phone, { to: jid, text })
  const page = await openInbox()
  const friends = page.locator('.conversation').filter({ hasText: 'Carla: I am' })
  await friends.click()
  await page.locator('.thread-face').getByText(/Group/).waitFor()
  await message(page, 'Who is coming?').locator('.writer').getByText('Bruno').waitFor()
  await message(page, 'I am').locator('.writer').getByText('Carla').waitFor()
  await message(page, 'I am').hover()
  await message(page, 'I am').getByRole('button', { name: 'Reply to Carla' }).click()
  await composer(page).fill('So am I')
  await composer(page).press('Enter')
  const answer = message(page, 'So am I')
  await answer.getByLabel('Delivered').waitFor()
  await answer.locator('.quoted').getByText('Carla', { exact: true }).waitFor()
  await answer.locator('.quoted').getByText('I am', { exact: true }).waitFor()
  await eventually('the answer on a phone', async () => (await carla.messages()).some(it => it.text === 'So am I'))
})

// A picture of one pixel.
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
)

test('a picture is sent with its caption, and shown', async () => {
  await writes(bruno, 'Show me')
  await known('Bruno', 'Show me')
  const page = await openInbox()
  await row(page, 'Bruno').click()
  await message(page, 'Show me').waitFor()
  await page.locator('.composer input[type=file]').setInputFiles({ name: 'dot.png', mimeType: 'image/png', buffer: PNG })
  await page.locator('.composer .quoted').getByText('dot.png').waitFor()
  await composer(page).fill('A dot')
  await composer(page).press('Enter')
  const sent = message(page, 'A dot')
  await sent.getByLabel('Delivered').waitFor()
  await sent.locator('img').waitFor()
  await page.waitForFunction(() => [...document.querySelectorAll('.message img')].every(it => it.complete && it.naturalWidth > 0))
  const arrived = (await bruno.messages()).find(it => it.type === 'image')
  assert.equal(arrived.media.caption, 'A dot')
  assert.deepEqual(problems(page), [])
})

test('what got no answer comes back where it was written, and arrives once', async () => {
  for (const phone of [bruno, carla]) await writes(phone, 'Any news?')
  await known('Bruno', 'Any news?')
  const page = await openInbox()
  await row(page, 'Bruno').click()
  await message(page, 'Any news?').waitFor()
  let release
  const held = new Promise(resolve => (release = resolve))
  await page.route('**/api/messages', async route => {
    if (route.request().method() !== 'POST') return route.fallback()
    await route.fetch()
    await held
    await route.abort()
  })
  await composer(page).fill('Only once')
  await composer(page).press('Enter')
  const arrived = async () => (await bruno.messages()).filter(it => it.text === 'Only once').length
  await eventually('it arrived', arrived)
  await row(page, 'Carla').click()
  await page.getByRole('heading', { name: 'Carla', level: 2 }).waitFor()
  release()
  await page.getByRole('alert').filter({ hasText: 'Bruno: ' }).waitFor()
  assert.equal(await composer(page).inputValue(), '', 'it is not for Carla')
  await row(page, 'Bruno').click()
  await page.waitForFunction(() => document.querySelector('#write').value === 'Only once')
  await page.unroute('**/api/messages')
  const answer = page.waitForResponse(it => it.url().endsWith('/api/messages') && it.request().method() === 'POST')
  await composer(page).press('Enter')
  assert.equal((await answer).status(), 202)
  await message(page, 'Only once').getByLabel('Delivered').waitFor()
  assert.equal(await message(page, 'Only once').count(), 1)
  assert.equal(await arrived(), 1)
})

test('a file that was chosen for one is not sent to another', async () => {
  const page = await openInbox()
  await row(page, 'Bruno').click()
  await page.getByRole('heading', { name: 'Bruno', level: 2 }).waitFor()
  await page.locator('.composer input[type=file]').setInputFiles({ name: 'dot.png', mimeType: 'image/png', buffer: PNG })
  const file = page.locator('.composer .quoted').getByText('dot.png')
  await file.waitFor()
  await row(page, 'Carla').click()
  await page.getByRole('heading', { name: 'Carla', level: 2 }).waitFor()
  await file.waitFor({ state: 'hidden' })
})

async function sendsFile(number, fields, name) {
  const form = new FormData()
  form.set('to', ANA)
  for (const [field, value] of Object.entries(fields)) form.set(field, value)
  form.set('file', new Blob([PNG], { type: 'image/png' }), name)
  const path = `${world.phones}/phones/${encodeURIComponent(number)}/messages`
  const response = await fetch(path, { method: 'POST', body: form })
  assert.ok(response.ok, await response.text())
}

test('a file that somebody sends is fetched, and shown where it is', async () => {
  const page = await openInbox()
  await sendsFile(BRUNO, { type: 'image', caption: 'My garden' }, 'garden.png')
  await row(page, 'Bruno').click()
  await message(page, 'My garden').locator('img').waitFor()
  await page.waitForFunction(() => [...document.querySelectorAll('.message img')].every(it => it.complete && it.naturalWidth > 0))

  // Where an account fetches nothing by itself, one asks for it.
  const receiving = `/api/accounts/${store.id}/receiving`
  await ana.call('PATCH', receiving, { media_download: 'on_demand' })
  try {
    await sendsFile(BRUNO, { type: 'image', caption: 'My kitchen' }, 'kitchen.png')
    const kitchen = message(page, 'My kitchen')
    await kitchen.getByText('not fetched yet').waitFor()
    await kitchen.getByRole('button', { name: 'Fetch' }).click()
    await kitchen.locator('img').waitFor()
  } finally {
    await ana.call('PATCH', receiving, { media_download: null })
  }
  assert.deepEqual(problems(page), [])
})

test('a message that cannot be read yet waits in its place, and is replaced when it comes', async () => {
  const felix = await Phone.create(world, FELIX, 'Felix')
  const page = await openInbox()
  const { id } = await writes(felix, { text: 'Now it can be read', unreadable: 'until_sent_again' })
  await row(page, 'Felix').getByText('Waiting for this message').waitFor()
  await row(page, 'Felix').click()
  const waiting = message(page, 'Waiting for this message. This may take a while.')
  await waiting.waitFor()
  assert.equal(await waiting.getByRole('button').count(), 0, 'there is nothing to answer yet')
  await writes(felix, 'Did it arrive?')
  await message(page, 'Did it arrive?').waitFor()
  await eventually('it is sent again', async () =>
    (await felix.call('POST', `/phones/${encodeURIComponent(FELIX)}/messages/${id}/again`)).sent_again > 0)
  await message(page, 'Now it can be read').waitFor()
  await waiting.waitFor({ state: 'detached' })
  assert.deepEqual(await page.locator('.thread-list .words').allTextContents(), ['Now it can be read', 'Did it arrive?'])
  await page.getByRole('status').filter({ hasText: 'Felix: Now it can be read' }).waitFor()
  assert.deepEqual(problems(page), [])
})

test('what is to be viewed once is said to be there, and is not shown', async () => {
  const page = await openInbox()
  await row(page, 'Felix').click()
  await sendsFile(FELIX, { type: 'image', view_once: 'true' }, 'secret.png')
  const once = message(page, 'To be viewed once: on the phone only.')
  await once.waitFor()
  await row(page, 'Felix').getByText('To be viewed once').waitFor()
  assert.equal(await once.locator('img, a').count(), 0)
  assert.deepEqual(problems(page), [])
})

test('a call that nobody answered is a line of its own', async () => {
  const page = await openInbox()
  const gina = await Phone.create(world, '+593991203377', 'Gina')
  const calls = `/phones/${encodeURIComponent(gina.number)}/calls`
  for (const [video, said] of [[false, 'Missed call'], [true, 'Missed video call']]) {
    const { id } = await gina.call('POST', calls, { to: ANA, video })
    await gina.call('DELETE', `${calls}/${id}`)
    await row(page, 'Gina').getByText(said, { exact: true }).waitFor()
  }
  await row(page, 'Gina').getByLabel('2 unread').waitFor()
  await row(page, 'Gina').click()
  const lines = page.locator('.thread-list .line')
  await lines.filter({ hasText: 'Missed call' }).waitFor()
  await lines.filter({ hasText: 'Missed video call' }).waitFor()
  await row(page, 'Gina').getByLabel('2 unread').waitFor({ state: 'detached' })
  assert.equal(await message(page, 'Missed').count(), 0, 'nobody wrote it')
  assert.deepEqual(problems(page), [])
})

test('status updates say whose they are, and nobody answers them', async () => {
  await ana.call('PATCH', `/api/accounts/${store.id}/receiving`, { statuses: true })
  const page = await openInbox()
  await writes(bruno, { to: 'status@broadcast', text: 'At the beach' })
  await row(page, 'Status updates').getByText('Bruno: At the beach').waitFor()
  await row(page, 'Status updates').click()
  await message(page, 'At the beach').locator('.writer').getByText('Bruno').waitFor()
  await composer(page).waitFor({ state: 'hidden' })
  assert.equal(await page.getByRole('button', { name: /^Answer|^Reply/ }).count(), 0)
  await row(page, 'Bruno').click()
  await composer(page).waitFor()
  await ana.call('PATCH', `/api/accounts/${store.id}/receiving`, { statuses: null })
  assert.deepEqual(problems(page), [])
})

test('what changes about a group is a line, and shows in its name', async () => {
  const page = await openInbox()
  const group = await bruno.call('POST', '/groups', { subject: 'Trip', owner: BRUNO, participants: [ANA, CARLA] })
  await writes(bruno, { to: group.jid, text: 'Hello all' })
  await row(page, 'Trip').getByText('Bruno: Hello all').waitFor()
  await row(page, 'Trip').click()
  await message(page, 'Hello all').waitFor()
  await bruno.call('PATCH', `/groups/${group.jid}`, { subject: 'Holidays', by: CARLA })
  const line = text => page.locator('.thread-list .line').filter({ hasText: text })
  await line('Carla named the group “Holidays”').waitFor()
  await page.getByRole('heading', { name: 'Holidays', level: 2 }).waitFor()
  // It says who did it already.
  await row(page, 'Holidays').locator('.last').getByText('Carla named the group “Holidays”', { exact: true }).waitFor()
  await page.getByRole('status').filter({ hasText: /^Carla named the group/ }).waitFor()
  const members = body => bruno.call('POST', `/groups/${group.jid}/participants`, body)
  await members({ remove: [CARLA], by: CARLA })
  await line('Carla left').waitFor()
  await members({ add: [CARLA] })
  await line('Bruno added Carla').waitFor()
  assert.equal(await row(page, 'Trip').count(), 0)
  assert.deepEqual(problems(page), [])
})

test('people have their pictures', async () => {
  await writes(carla, 'Do you like it?')
  await known('Carla', 'Do you like it?')
  const path = `${world.phones}/phones/${encodeURIComponent(CARLA)}/picture`
  const put = await fetch(path, { method: 'PUT', body: PNG, headers: { 'content-type': 'image/png' } })
  assert.ok(put.ok, await put.text())
  const page = await openInbox()
  await row(page, 'Carla').click()
  await page.locator('.thread-face .avatar img').waitFor()
  await row(page, 'Carla').locator('.avatar img').waitFor()
  await page.waitForFunction(() => [...document.querySelectorAll('.avatar img')].every(it => it.complete && it.naturalWidth > 0))
})

test('words are found in names and messages, and lead into the thread', async () => {
  await writes(carla, 'The order 1042 is late')
  const hit = await known('Carla', 'The order 1042 is late')
  for (let n = 0; n < 120; n += 1) await writes(carla, `Afterwards ${n}`)
  await known('Carla', 'Afterwards 119')
  const page = await openInbox()
  await page.keyboard.press('/')
  await page.keyboard.type('1042')
  const found = page.locator('.hit').filter({ hasText: 'order 1042' })
  await found.locator('mark').getByText('1042').waitFor()
  await found.click()
  await page.waitForURL(`**/inbox?q=1042&c=${hit.conversation_id}&m=${hit.id}`)
  await page.locator('.message.lit').getByText('The order 1042 is late').waitFor()
  await page.reload()
  await page.locator('.message.lit').getByText('The order 1042 is late').waitFor()
  // From there to the end.
  await page.getByRole('button', { name: 'To the newest message' }).click()
  await message(page, 'Afterwards 119').waitFor()

  await page.locator('#search').fill('carl')
  await page.getByRole('heading', { name: 'Conversations', exact: true }).waitFor()
  await row(page, 'Carla').waitFor()
  await page.locator('#search').fill('nowhere to be found')
  await page.getByText('Nothing found').waitFor()
})

test('the keyboard goes through the list, opens, and comes back', async () => {
  for (const phone of [bruno, carla, diego]) await writes(phone, 'By keyboard')
  await known('Diego', 'By keyboard')
  const page = await openInbox()
  await row(page, 'Diego').waitFor()
  await page.keyboard.press('j')
  const first = await page.locator('.conversation:focus .name').textContent()
  await page.keyboard.press('j')
  const second = await page.locator('.conversation:focus .name').textContent()
  assert.notEqual(first, second)
  await page.keyboard.press('k')
  assert.equal(await page.locator('.conversation:focus .name').textContent(), first)
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: second, level: 2 }).waitFor()
  await page.locator('#write:focus').waitFor()
  // Letters are text there.
  await page.keyboard.type('jk/')
  assert.equal(await composer(page).inputValue(), 'jk/')
  await page.keyboard.press('Escape')
  await page.locator('.conversation:focus .name').getByText(second, { exact: true }).waitFor()
  await page.getByText('Choose a conversation').waitFor()
  // What was typed is still there.
  await page.keyboard.press('Enter')
  await page.waitForFunction(() => document.querySelector('#write').value === 'jk/')
  await page.goBack()
  await page.getByText('Choose a conversation').waitFor()
})

test('a conversation is labelled, noted, marked as unread, put aside, and exported', async () => {
  await writes(bruno, 'For the records')
  await known('Bruno', 'For the records')
  const page = await openInbox()
  await row(page, 'Bruno').click()
  await message(page, 'For the records').waitFor()
  const pick = async name => {
    await page.getByLabel('More for this conversation').click()
    await page.locator('.thread-head').getByText(name, { exact: true }).click()
  }
  await pick('Labels and note…')
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Labels').fill('vip, order 7')
  await dialog.getByLabel('Note').fill('Calls in the morning')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await dialog.waitFor({ state: 'detached' })
  await row(page, 'Bruno').getByText('order 7').waitFor()
  await page.locator('.thread-face').getByText('Calls in the morning').waitFor()
  await page.getByLabel('Label', { exact: true }).selectOption('vip')
  await page.waitForURL(/label=vip/)
  await row(page, 'Carla').waitFor({ state: 'detached' })
  await row(page, 'Bruno').waitFor()
  await page.getByLabel('Label', { exact: true }).selectOption('')

  await pick('Mark as unread')
  await row(page, 'Bruno').getByLabel('1 unread').waitFor()
  await page.getByRole('button', { name: 'Unread', exact: true }).click()
  await row(page, 'Bruno').waitFor()
  await page.getByRole('button', { name: 'All', exact: true }).click()
  await row(page, 'Bruno').click()
  await eventually('it is read again', async () => (await isUnread('Bruno')) === 0)

  for (const [format, holds] of [['text', 'For the records'], ['CSV', 'For the records'], ['JSON', '"For the records"']]) {
    await page.getByLabel('More for this conversation').click()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: `Export as ${format}` }).click(),
    ])
    const chunks = []
    for await (const chunk of await download.createReadStream()) chunks.push(chunk)
    assert.ok(Buffer.concat(chunks).toString().includes(holds), format)
    await page.keyboard.press('Escape')
  }

  await pick('Archive')
  await page.getByRole('button', { name: 'Archived', exact: true }).click()
  await row(page, 'Bruno').waitFor()
  await writes(bruno, 'Back again')
  await page.getByRole('button', { name: 'All', exact: true }).click()
  await row(page, 'Bruno').getByText('Back again').waitFor()
  assert.deepEqual(problems(page), [])
})

test('a thread of thousands keeps few elements, and every message can be reached', async () => {
  const MANY = 2_000
  const elena = await Phone.create(world, '+593991203388', 'Elena')
  for (let n = 0; n < MANY; n += 1) await writes(elena, `Number ${n}.`)
  await eventually('all of them', async () => {
    const { items } = await ana.call('GET', `/api/conversations?name=Elena`)
    return items[0]?.unread === MANY
  }, 120_000)
  const page = await openInbox()
  await row(page, 'Elena').click()
  await message(page, `Number ${MANY - 1}.`).waitFor()
  const numbers = () => page.locator('.thread-list .words').allTextContents()
  const most = { rows: 0 }
  const scroll = to => page.locator('.thread-scroll').evaluate((node, to) => {
    node.scrollTop = to === 'top' ? 0 : node.scrollHeight
    return node.querySelectorAll('li').length
  }, to)
  let steps = 0
  while (!(await message(page, /^Elena: Number 0\./).count())) {
    const [before] = await numbers()
    most.rows = Math.max(most.rows, await scroll('top'))
    await page.waitForFunction(before => document.querySelector('.thread-list .words').textContent !== before, before)
    steps += 1
    assert.ok(steps < MANY, 'the beginning was never reached')
  }
  assert.ok(most.rows <= 201, `${most.rows} rows`)
  const shown = await numbers()
  assert.equal(shown[0], 'Number 0.')
  assert.deepEqual(shown, shown.map((_, n) => `Number ${n}.`))
  // What one looks at stays where it is while more comes above and below.
  while (!(await message(page, `Number ${MANY - 1}.`).count())) {
    const before = (await numbers()).at(-1)
    most.rows = Math.max(most.rows, await scroll('end'))
    await page.waitForFunction(before => [...document.querySelectorAll('.thread-list .words')].at(-1).textContent !== before, before)
  }
  assert.ok(most.rows <= 201, `${most.rows} rows`)
})

test('what one reads stays in its place while older messages come', async () => {
  const page = await openInbox()
  await row(page, 'Elena').click()
  await message(page, 'Number 1999.').waitFor()
  const first = await page.locator('.thread-list li').first().locator('.words').textContent()
  const place = () => page.evaluate(text => {
    const found = [...document.querySelectorAll('.thread-list .words')].find(it => it.textContent === text)
    return found.getBoundingClientRect().top
  }, first)
  await page.locator('.thread-scroll').evaluate(node => {
    node.scrollTop = 0
  })
  const before = await place()
  await page.waitForFunction(text => document.querySelector('.thread-list .words').textContent !== text, first)
  assert.ok(Math.abs((await place()) - before) <= 30, `${before} became ${await place()}`)
})

test('the inbox is there each time it is asked for', async () => {
  // Rendered on several threads: what only one of them may touch shows up in some of these.
  for (let n = 0; n < 100; n += 1) {
    const response = await ana.fetch('GET', '/inbox')
    assert.equal(response.status, 200)
    assert.match(await response.text(), /<\/html>/)
  }
})

test('the inbox of another person is not there', async () => {
  const { id } = await conversation('Bruno')
  const mallory = await Person.register(world, 'Mallory')
  const page = await visit(browser, world, { person: mallory })
  await page.goto(`/inbox?c=${id}`)
  await page.getByText('No conversations yet').waitFor()
  await page.getByText('Choose a conversation').waitFor()
  assert.equal(await page.getByText('Bruno').count(), 0)
})

for (const [what, options] of [
  ['light', { colorScheme: 'light' }],
  ['dark', { colorScheme: 'dark' }],
  ['a phone, in Spanish', { viewport: { width: 390, height: 844 }, locale: 'es-EC' }],
]) {
  test(`the inbox is accessible: ${what}`, async () => {
    const page = await openInbox('/inbox', options)
    await row(page, 'Diego').waitFor()
    await expectAccessible(page, 'the list')
    await row(page, 'Diego').click()
    await message(page, 'Better words').waitFor()
    await expectAccessible(page, 'the thread')
  })
}

test('on a phone list and thread are two screens', async () => {
  const page = await openInbox('/inbox', { viewport: { width: 390, height: 844 } })
  await row(page, 'Diego').click()
  await message(page, 'Better words').waitFor()
  assert.equal(await page.locator('.conversation-list').isVisible(), false)
  const width = await page.evaluate(() => document.documentElement.scrollWidth)
  assert.equal(width, 390)
  await page.getByRole('button', { name: 'Back to the conversations' }).click()
  await row(page, 'Diego').waitFor()
  assert.equal(await composer(page).isVisible(), false)
})
