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
  await dialog.getByLabel('To').fill('nobody')
  await dialog.getByLabel('Text').fill('Written on the page')
  await dialog.getByRole('button', { name: 'Send' }).click()
  const wrong = dialog.locator('.field.wrong')
  await wrong.getByText('+6287733760363').waitFor()
  assert.match(await wrong.locator('label').textContent(), /To/)
  await dialog.getByLabel('To').fill(CARLA)
  await dialog.getByRole('button', { name: 'Send' }).click()
  await dialog.getByText('Arrived on the phone').waitFor()
  await eventually('the text on the phone', async () =>
    (await carla.messages()).some(message => message.text === 'Written on the page'),
  )
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
