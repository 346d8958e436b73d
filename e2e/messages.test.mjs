import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { expectAccessible, launch, visit } from './support/browser.mjs'
import { PASSWORD, Person, Phone, eventually, linkedAccount } from './support/clients.mjs'
import { World } from './support/processes.mjs'

const BRUNO = '+593991203344'
const CARLA = '+593991203355'

let world, browser, ana, store, bruno, carla
before(async () => {
  world = await World.start({ RATE_LIMITING_ENABLED: 'false' })
  browser = await launch()
  ana = await Person.register(world, 'Ana')
  bruno = await Phone.create(world, BRUNO, 'Bruno')
  carla = await Phone.create(world, CARLA, 'Carla')
  store = await linkedAccount(ana, await Phone.create(world, '+593987654321', 'Ana'), 'Store')
})
after(async () => {
  await browser?.close()
  await world?.stop()
})

async function openMessages(path = '/messages', options = {}) {
  const page = await visit(browser, world, { person: ana, ...options })
  await page.goto(path)
  await page.locator('#compose:enabled').waitFor()
  return page
}

const send = (to, text, more = {}) =>
  ana.call('POST', '/api/messages', { account_id: store.id, to, type: 'text', text, ...more })
const row = (page, text) => page.locator('.message-list li').filter({ hasText: text })

test('a message that a program sends shows up, and is seen to arrive and to be read', async () => {
  const page = await openMessages()
  await send(BRUNO, 'Live from a program')
  await row(page, 'Live from a program').getByText('Delivered').waitFor()
  await bruno.call('POST', `/phones/${encodeURIComponent(BRUNO)}/read`, { from: '+593987654321' })
  await row(page, 'Live from a program').getByText('Read', { exact: true }).waitFor()
})

test('the timeline has an address of its own, says every step, and gives the focus back', async () => {
  const { id } = await send(BRUNO, 'How far is it')
  const page = await openMessages()
  await row(page, 'How far is it').getByText('Delivered').waitFor()
  await row(page, 'How far is it').locator('a').press('Enter')
  const dialog = page.getByRole('dialog')
  for (const step of ['In the queue', 'Encrypted and handed to WhatsApp', 'WhatsApp has it', 'Arrived on the phone']) {
    await dialog.getByText(step).waitFor()
  }
  await page.waitForURL(`**/messages?message=${id}`)
  await page.reload()
  await dialog.getByText('Arrived on the phone').waitFor()
  await dialog.getByRole('button', { name: 'Close' }).click()
  await dialog.waitFor({ state: 'detached' })
  await page.waitForURL('**/messages')
})

test('what the filters leave is in the address, and survives a reload', async () => {
  await send(BRUNO, 'An apple')
  await send(CARLA, 'A pear')
  const page = await openMessages()
  await page.getByText('Find messages').click()
  await page.getByLabel('Text').fill('pear')
  await page.getByLabel('Text').press('Enter')
  await row(page, 'A pear').waitFor()
  await row(page, 'An apple').waitFor({ state: 'detached' })
  await page.waitForURL('**/messages?text=pear')
  await page.reload()
  await row(page, 'A pear').waitFor()
  assert.equal(await row(page, 'An apple').count(), 0)
  await page.getByRole('button', { name: 'Show all messages' }).click()
  await row(page, 'An apple').waitFor()
})

test('a text written here arrives, and what is wrong is said at its field', async () => {
  const page = await openMessages()
  await page.getByRole('button', { name: 'Write a message' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Send' }).click()
  await dialog.getByText('Say to whom.').waitFor()
  await dialog.locator('#to:focus').waitFor()
  assert.equal(await dialog.getByLabel('To').getAttribute('aria-describedby'), 'to-error to-hint')
  await dialog.getByLabel('To').fill('nobody')
  await dialog.getByLabel('Text').fill('Written on the page')
  await dialog.getByRole('button', { name: 'Send' }).click()
  const wrong = dialog.locator('.field:has([aria-invalid])')
  await wrong.getByText('+6287733760363').waitFor()
  assert.match(await wrong.locator('label').textContent(), /To/)
  await dialog.getByLabel('To').fill(CARLA)
  await dialog.getByRole('button', { name: 'Send' }).click()
  await dialog.getByText('Arrived on the phone').waitFor()
  await eventually('the text on the phone', async () =>
    (await carla.messages()).some(message => message.text === 'Written on the page'),
  )
})

test('what got no answer is sent once, however often it is asked for', async () => {
  const page = await openMessages()
  await page.getByRole('button', { name: 'Write a message' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('To').fill(CARLA)
  await dialog.getByLabel('Text').fill('Only once')
  await page.route('**/api/messages', async route => {
    if (route.request().method() !== 'POST') return route.fallback()
    await route.fetch()
    await route.abort()
  })
  await dialog.getByRole('button', { name: 'Send' }).click()
  await dialog.getByRole('alert').filter({ hasText: /\S/ }).waitFor()
  const arrived = async () => (await carla.messages()).filter(it => it.text === 'Only once').length
  await eventually('it arrived', arrived)
  await page.unroute('**/api/messages')
  await dialog.getByRole('button', { name: 'Send' }).click()
  await dialog.getByText('Arrived on the phone').waitFor()
  assert.equal(await arrived(), 1)
})

// A picture of one pixel.
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

test('a picture chosen here stands on the phone with its caption', async () => {
  const page = await openMessages()
  await page.getByRole('button', { name: 'Write a message' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('To').fill(BRUNO)
  await dialog.getByLabel('What').selectOption('image')
  await dialog.getByLabel('File', { exact: true }).setInputFiles({ name: 'dot.png', mimeType: 'image/png', buffer: PNG })
  await dialog.getByLabel('Caption').fill('A dot')
  await dialog.getByRole('button', { name: 'Send' }).click()
  await dialog.getByText('Arrived on the phone').waitFor()
  const shown = await eventually('the picture on the phone', async () =>
    (await bruno.messages()).find(message => message.type === 'image'),
  )
  assert.equal(shown.media.size, PNG.length)
  assert.equal(shown.media.caption, 'A dot')
})

test('a file that is dropped decides what is written, is looked at first, and can be taken away', async () => {
  const page = await openMessages()
  await page.getByRole('button', { name: 'Write a message' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('To').fill(CARLA)
  const drop = (name, type, base64) =>
    dialog.locator('form').evaluate((form, [name, type, base64]) => {
      const dataTransfer = new DataTransfer()
      const bytes = Uint8Array.from(atob(base64), letter => letter.charCodeAt(0))
      dataTransfer.items.add(new File([bytes], name, { type }))
      for (const kind of ['dragover', 'drop']) {
        form.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }))
      }
    }, [name, type, base64])
  await drop('list.pdf', 'application/pdf', Buffer.from('%PDF-1.4 nothing').toString('base64'))
  await dialog.locator('.picked').getByText('list.pdf').waitFor()
  assert.equal(await dialog.getByLabel('What').inputValue(), 'document')
  await drop('dropped.png', 'image/png', PNG.toString('base64'))
  await dialog.locator('.picked').getByText('dropped.png').waitFor()
  // It can still be sent as the document that was chosen.
  assert.equal(await dialog.getByLabel('What').inputValue(), 'document')
  await dialog.getByLabel('What').selectOption('image')
  const width = () => dialog.locator('.picked img').evaluate(image => image.naturalWidth)
  await eventually('the picture is seen', async () => (await width()) === 1)
  await dialog.getByRole('button', { name: 'Remove' }).click()
  await dialog.locator('.picked').waitFor({ state: 'detached' })
  await drop('dropped.png', 'image/png', PNG.toString('base64'))
  await dialog.getByRole('button', { name: 'Send' }).click()
  await dialog.getByText('Arrived on the phone').waitFor()
  const shown = await eventually('the picture on the phone', async () =>
    (await carla.messages()).find(message => message.type === 'image'),
  )
  assert.equal(shown.media.size, PNG.length)
  assert.deepEqual(page.problems, [])
})

test('a reply from a timeline quotes the message on the phone', async () => {
  const { whatsapp_message_id } = await send(BRUNO, 'Shall we meet?')
  const page = await openMessages()
  await row(page, 'Shall we meet?').getByText('Delivered').waitFor()
  await row(page, 'Shall we meet?').locator('a').click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Reply' }).click()
  await dialog.locator('blockquote').getByText('Shall we meet?').waitFor()
  assert.equal(await dialog.getByLabel('To').inputValue(), BRUNO)
  await dialog.getByLabel('Text').fill('At noon, @593991203355?')
  const answered = page.waitForResponse(response => response.request().method() === 'POST' && response.url().endsWith('/api/messages'))
  await dialog.getByRole('button', { name: 'Send' }).click()
  const sent = await (await answered).json()
  assert.equal(sent.reply_to.whatsapp_message_id, whatsapp_message_id)
  assert.deepEqual(sent.mentions, ['593991203355@s.whatsapp.net'])
  await dialog.getByText('Arrived on the phone').waitFor()
})

test('a location, a contact and a poll written here arrive as such', async () => {
  const page = await openMessages()
  const dialog = page.getByRole('dialog')
  const write = async (kind, fill) => {
    await page.getByRole('button', { name: 'Write a message' }).click()
    await dialog.getByLabel('To').fill(CARLA)
    await dialog.getByLabel('What').selectOption(kind)
    await fill()
    await dialog.getByRole('button', { name: 'Send' }).click()
    await dialog.getByText('Arrived on the phone').waitFor()
    await dialog.getByRole('button', { name: 'Close' }).click()
    await dialog.waitFor({ state: 'detached' })
    return (await carla.messages()).find(message => message.type === kind)
  }
  const location = await write('location', async () => {
    await dialog.getByLabel('Latitude').fill('-0.22')
    await dialog.getByLabel('Longitude').fill('-78.51')
    await dialog.getByLabel('Name of the place').fill('Quito')
  })
  assert.equal(location.location.name, 'Quito')
  const contact = await write('contact', async () => {
    await dialog.getByLabel('Name of the contact').fill('Bruno')
    await dialog.getByLabel('Number of the contact').fill(BRUNO)
  })
  assert.equal(contact.contacts[0].name, 'Bruno')
  const poll = await write('poll', async () => {
    await dialog.getByLabel('Question').fill('When?')
    await dialog.getByLabel('Answers').fill('Today\nTomorrow')
  })
  assert.deepEqual(poll.poll.options, ['Today', 'Tomorrow'])
})

test('a scheduled message can be cancelled from its timeline', async () => {
  await send(BRUNO, 'Not yet', { send_at: new Date(Date.now() + 3_600_000).toISOString() })
  const page = await openMessages()
  await row(page, 'Not yet').getByText('Scheduled').waitFor()
  await row(page, 'Not yet').locator('a').click()
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel this message' }).click()
  await page.getByRole('dialog').locator('.timeline').getByText('Cancelled').waitFor()
})

test('a message is cancelled and sent again from its row, by the keyboard too', async () => {
  await send(BRUNO, 'Take me back', { send_at: new Date(Date.now() + 3_600_000).toISOString() })
  const unknown = await send('+593991200000', 'To nobody')
  const page = await openMessages()
  const cancel = row(page, 'Take me back').getByRole('button', { name: 'Cancel (message to +593 99 120 3344)' })
  await cancel.press('Enter')
  await row(page, 'Take me back').getByText('Cancelled').waitFor()
  await cancel.waitFor({ state: 'detached' })
  assert.match(await page.evaluate(() => document.activeElement.id), /^m-/, 'the focus stays in the row')
  await row(page, 'To nobody').getByText('Not sent').waitFor()
  await Phone.create(world, '+593991200000', 'Somebody')
  await row(page, 'To nobody').getByRole('button', { name: 'Send again' }).click()
  await eventually('it was tried again', async () => {
    const { timeline } = await ana.call('GET', `/api/messages/${unknown.id}`)
    return timeline.some(step => step.detail === 'retry')
  })
})

test('an account’s limits are set where they are seen, and what is wrong is said at its field', async () => {
  const page = await openMessages()
  const gauge = page.locator('.gauge-card').filter({ hasText: 'Store' })
  const dialog = page.getByRole('dialog')
  const open = async () => {
    await gauge.getByRole('button', { name: 'How it sends Store' }).click()
    await dialog.getByLabel('Messages a minute').waitFor()
  }
  const settings = () => ana.call('GET', `/api/accounts/${store.id}/settings`)
  await open()
  assert.equal(await dialog.getByLabel('Keep to limits').isChecked(), false, 'as this server has it')
  assert.equal(await dialog.getByLabel('Messages a minute').isDisabled(), true)
  await dialog.getByLabel('Keep to limits').check()
  await dialog.getByLabel('Messages a minute').fill('many')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await dialog.locator('.field:has([aria-invalid])').getByText('A whole number from 1 to 1000000.').waitFor()
  assert.equal(await dialog.getByLabel('Messages a minute').getAttribute('aria-invalid'), 'true')
  await dialog.getByLabel('Messages a minute').fill('500')
  await dialog.getByLabel('Send like a person').check()
  await dialog.getByLabel('Refuse the same again').fill('600')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await dialog.waitFor({ state: 'detached' })
  await gauge.getByText('/ 500').waitFor()
  const set = await settings()
  assert.deepEqual(
    [set.limits_enabled, set.session_per_minute, set.destination_per_day, set.human_pacing, set.duplicate_window_s],
    [true, 500, null, true, 600],
  )
  await open()
  assert.equal(await dialog.getByLabel('Messages a minute').inputValue(), '500')
  for (const label of ['Messages a minute', 'Refuse the same again']) await dialog.getByLabel(label).fill('')
  for (const label of ['Send like a person', 'Keep to limits']) await dialog.getByLabel(label).uncheck()
  await dialog.getByRole('button', { name: 'Save' }).click()
  await dialog.waitFor({ state: 'detached' })
  const back = await settings()
  assert.deepEqual([back.limits_enabled, back.human_pacing, back.duplicate_window_s], [null, null, null])
  await ana.call('PATCH', `/api/accounts/${store.id}/settings`, { session_per_minute: null })
  assert.equal(await page.evaluate(() => document.activeElement.innerText.trim()), 'How it sends Store')
})

test('sending is paused and resumed for a connection, and the list says why it waits', async () => {
  const page = await openMessages()
  const gauge = page.locator('.gauge-card').filter({ hasText: 'Store' })
  await gauge.getByRole('button', { name: 'Pause' }).click()
  await gauge.getByText('Sending is paused.').waitFor()
  await send(CARLA, 'While paused')
  await row(page, 'While paused').getByText('Waits because sending is paused').waitFor()
  await gauge.getByRole('button', { name: 'Resume' }).click()
  await row(page, 'While paused').getByText('Delivered').waitFor()
})

test('a file of recipients is refused by line, then sent to all, with its result to keep', async () => {
  const page = await openMessages()
  await page.getByRole('button', { name: 'Write to many' }).click()
  const dialog = page.getByRole('dialog')
  const choose = rows =>
    dialog.getByLabel('CSV file').setInputFiles({
      name: 'people.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(`to,name\n${rows.join('\n')}\n`),
    })
  await choose([`${BRUNO},Bruno`, 'nobody,Nobody'])
  await dialog.getByRole('button', { name: '{{name}}' }).waitFor()
  await dialog.getByLabel('Text').fill('Good morning, ')
  await dialog.getByRole('button', { name: '{{name}}' }).click()
  await dialog.locator('.bulk-preview').getByText('Good morning, Bruno').waitFor()
  await dialog.getByRole('button', { name: 'Check and start' }).click()
  const mistakes = dialog.locator('.mistakes tbody tr')
  await mistakes.first().waitFor()
  assert.deepEqual(await mistakes.first().locator('td').first().textContent(), '3')
  await choose([`${BRUNO},Bruno`, `${CARLA},Carla`])
  await dialog.getByRole('button', { name: 'Check and start' }).click()
  await dialog.waitFor({ state: 'detached' })
  const bulk = page.locator('.bulk').first()
  await bulk.getByText('2 of 2').waitFor()
  for (const [phone, text] of [
    [bruno, 'Good morning, Bruno'],
    [carla, 'Good morning, Carla'],
  ]) {
    await eventually(text, async () => (await phone.messages()).some(message => message.text === text))
  }
  const download = page.waitForEvent('download')
  await bulk.getByRole('link', { name: 'Result as CSV' }).click()
  const csv = await readFile(await (await download).path(), 'utf8')
  assert.equal(csv.trim().split('\n').length, 3, csv)
})

test('a bulk that got no answer is begun once, however often it is started', async () => {
  const page = await openMessages()
  await page.getByRole('button', { name: 'Write to many' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('CSV file').setInputFiles({
    name: 'people.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(`to\n${BRUNO}\n${CARLA}\n`),
  })
  await dialog.getByLabel('Text').fill('Once for each')
  await page.route('**/api/messages/bulk', async route => {
    if (route.request().method() !== 'POST') return route.fallback()
    await route.fetch()
    await route.abort()
  })
  await dialog.getByRole('button', { name: 'Check and start' }).click()
  await dialog.getByRole('alert').filter({ hasText: /\S/ }).waitFor()
  await page.unroute('**/api/messages/bulk')
  await dialog.getByRole('button', { name: 'Check and start' }).click()
  await dialog.waitFor({ state: 'detached' })
  const { items } = await ana.call('GET', '/api/messages/bulk')
  assert.equal(items.filter(bulk => bulk.text === 'Once for each').length, 1)
  await eventually('it arrived', async () =>
    (await carla.messages()).some(message => message.text === 'Once for each'),
  )
})

test('a picture with a caption of their own goes to everybody in a file', async () => {
  const page = await openMessages()
  await page.getByRole('button', { name: 'Write to many' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('CSV file').setInputFiles({
    name: 'people.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(`to,name\n${BRUNO},Bruno\n${CARLA},Carla\n`),
  })
  await dialog.getByLabel('What').selectOption('image')
  await dialog.getByLabel('Caption').fill('For {{name}}')
  await dialog.locator('.bulk-preview').getByText('For Carla').waitFor()
  await dialog.getByRole('button', { name: 'Check and start' }).click()
  await dialog.locator('.field:has(#file[aria-invalid]), .field:has(#url[aria-invalid])').waitFor()
  await dialog.getByLabel('File', { exact: true }).setInputFiles({ name: 'dot.png', mimeType: 'image/png', buffer: PNG })
  await dialog.getByRole('button', { name: 'Check and start' }).click()
  await dialog.waitFor({ state: 'detached' })
  for (const [phone, caption] of [
    [bruno, 'For Bruno'],
    [carla, 'For Carla'],
  ]) {
    await eventually(caption, async () => (await phone.messages()).some(message => message.media?.caption === caption))
  }
  await page.locator('.bulk').first().getByText('2 of 2').waitFor()
})

test('a page that is left alone asks for nothing, and one that is told much asks now and then', async t => {
  const lena = await Person.register(world, 'Lena')
  const own = await linkedAccount(lena, await Phone.create(world, '+593987650000', 'Lena'), 'Own')
  const write = (to, text) =>
    lena.call('POST', '/api/messages', { account_id: own.id, to, type: 'text', text })
  const page = await visit(browser, world, { person: lena })
  const asked = []
  page.on('request', request => {
    const { pathname } = new URL(request.url())
    if (request.method() === 'GET' && pathname.startsWith('/api/')) asked.push(pathname)
  })
  // Lets some of its time pass, and waits until what it asked then is known.
  const pass = async ms => {
    await page.clock.runFor(ms)
    await page.evaluate(() => fetch('/live').then(() => {}))
  }
  await page.clock.install()
  await page.goto('/messages')
  await page.locator('#compose:enabled').waitFor()
  await write(BRUNO, 'Before all')
  await row(page, 'Before all').getByText('Delivered').waitFor()
  await pass(1_000)
  asked.length = 0
  await pass(19_000)
  const count = what => asked.filter(path => path.endsWith(what)).length
  const limits = `/accounts/${own.id}/limits`
  t.diagnostic(`alone for 19 s: ${asked.join(' ')}`)
  assert.ok(count(limits) <= 2, `limits: ${count(limits)}`)
  assert.equal(asked.length - count(limits), 0, asked.join('\n'))

  asked.length = 0
  const began = Date.now()
  await Promise.all(Array.from({ length: 20 }, (_, n) => write(n % 2 ? BRUNO : CARLA, `One of twenty, ${n}`)))
  const twenty = row(page, 'One of twenty')
  await eventually('all of them arrived', async () =>
    (await twenty.count()) === 20 && (await twenty.filter({ hasText: /Delivered|Read/ }).count()) === 20,
  )
  const most = (Date.now() - began) / 400 + 2
  t.diagnostic(`20 messages moved in ${Date.now() - began} ms: ${asked.length} requests`)
  for (const [what, each] of [
    ['/api/messages', 1],
    // Those that are not over, and those that are.
    ['/api/messages/bulk', 2],
    [limits, 1],
  ]) {
    assert.ok(count(what) >= 1 && count(what) <= each * most, `${what}: ${count(what)}, at most ${each * most}`)
  }
})

test('older messages that were shown change like the newest, and none is lost between', async () => {
  const nora = await Person.register(world, 'Nora')
  const { id: account_id } = await nora.call('POST', '/api/accounts', { label: 'Waits' })
  const ids = []
  for (let n = 1; n <= 55; n += 1) {
    const message = { account_id, to: BRUNO, type: 'text', text: `Number ${n}.` }
    ids.push((await nora.call('POST', '/api/messages', message)).id)
  }
  const page = await openMessages('/messages', { person: nora })
  await row(page, 'Number 6.').waitFor()
  assert.equal(await row(page, 'Number 5.').count(), 0)
  await page.getByRole('button', { name: 'Older messages' }).click()
  await row(page, 'Number 1.').waitFor()
  assert.equal(await page.locator('.message-list li').count(), 55)
  await nora.call('DELETE', `/api/messages/${ids[0]}`)
  await row(page, 'Number 1.').getByText('Cancelled').waitFor()
  await page.getByText('Find messages').click()
  await page.getByLabel('Status').selectOption('queued')
  await row(page, 'Number 55.').waitFor()
  await page.getByRole('button', { name: 'Older messages' }).click()
  await row(page, 'Number 2.').waitFor()
  await nora.call('DELETE', `/api/messages/${ids[1]}`)
  await row(page, 'Number 2.').waitFor({ state: 'detached' })
})

test('a bulk that does not move says why and names no end, however many came after it', async () => {
  const nina = await Person.register(world, 'Nina')
  const { id: account_id } = await nina.call('POST', '/api/accounts', { label: 'Offline' })
  for (let n = 1; n <= 6; n += 1) {
    const bulk = { account_id, type: 'text', text: `Bulk ${n}.`, recipients: [{ to: BRUNO }] }
    await nina.call('POST', '/api/messages/bulk', bulk)
  }
  const page = await openMessages('/messages', { person: nina })
  const first = page.locator('.bulk').filter({ hasText: 'Bulk 1.' })
  await first.getByText('Waits until the connection is back').waitFor()
  assert.equal(await first.getByText('at the earliest').count(), 0)
  await first.getByRole('button', { name: 'Cancel the rest' }).click()
  await first.getByText('Cancelled', { exact: true }).waitFor()
})

for (const scheme of ['light', 'dark']) {
  test(`the page and its dialogs are accessible (${scheme})`, async () => {
    const page = await openMessages('/messages', { colorScheme: scheme })
    await page.locator('.message-list li').first().waitFor()
    await page.getByText('Find messages').click()
    await expectAccessible(page)
    for (const name of ['Write a message', 'Write to many']) {
      await page.getByRole('button', { name }).click()
      await page.getByRole('dialog').waitFor()
      await expectAccessible(page)
      await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click()
      await page.getByRole('dialog').waitFor({ state: 'detached' })
    }
    await page.getByRole('button', { name: 'How it sends' }).first().click()
    await page.getByRole('dialog').locator('form').waitFor()
    await expectAccessible(page)
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.locator('.message-list a').first().click()
    await page.getByRole('dialog').locator('.timeline li').first().waitFor()
    await expectAccessible(page)
  })
}

test('on a phone nothing scrolls sideways', async () => {
  const page = await openMessages('/messages', { viewport: { width: 390, height: 844 } })
  await page.locator('.message-list li').first().waitFor()
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  assert.equal(overflow, 0)
})

test('whoever is not signed in comes to the very message after signing in', async () => {
  const { id } = await send(BRUNO, 'From a mail')
  const page = await visit(browser, world, {})
  await page.goto(`/messages?message=${id}`)
  await page.getByLabel('E-mail').fill(ana.email)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('dialog').getByText('From a mail').waitFor()
})
