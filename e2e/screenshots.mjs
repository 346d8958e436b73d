// Pictures of the real product, for the README and for looking at:
//   cargo xtask test --only browser builds what they need; then
//   WHAHOOK_BIN=… SIMULATOR_BIN=… SITE_DIR=… node screenshots.mjs [--past] [FOLDER]
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { PNG } from 'pngjs'
import { launch, openConnections, settled, visit } from './support/browser.mjs'
import { Person, Phone, eventually, linkedAccount } from './support/clients.mjs'
import { World } from './support/processes.mjs'

const DESKTOP = { width: 1280, height: 800 }
const PHONE = { width: 390, height: 844 }
const STORE = '+593987654321'
const LUCIA = '+593991110001'
const MATEO = '+593991110002'
const DEWI = '+6281234567890'
const { positionals: [folder = 'pictures'], values: { past } } = parseArgs({
  allowPositionals: true,
  options: { past: { type: 'boolean' } },
})

// Mail that could be sent: the switch for it is there.
const world = await World.start({ SMTP_URL: 'smtp://127.0.0.1:1', MAIL_FROM: 'whahook@example.com' })
const browser = await launch()
try {
  await mkdir(folder, { recursive: true })
  const ana = await Person.register(world, 'Ana Morales')
  await shoot(ana)
  await combine('readme', ['connections-light', 'qr-dark'])
} finally {
  await browser.close()
  await world.stop()
}

async function shoot(ana) {
  for (const [number, name, label] of [
    [STORE, 'Ana', 'Store · Quito'],
    ['+593991203344', 'Support team', 'Support'],
    ['+6287733760363', 'Budi', 'Suppliers'],
    ['+593965550101', 'Rita', 'Reminders'],
  ]) {
    await linkedAccount(ana, await Phone.create(world, number, name), label)
  }
  const phone = number => new Phone(world, number)
  await ana.call('POST', '/api/accounts', { label: 'New shop' })
  await Phone.create(world, '+593982223344', 'Guarded')
  await phone('+593965550101').unlinkAll()
  await write(ana)
  const support = (await ana.call('GET', '/api/accounts')).items.find(account => account.label === 'Support')
  for (const webhook of [
    { url: 'https://shop.example.com/whatsapp', label: 'Orders' },
    { url: 'https://crm.example.com/hooks/8d1f', events: ['message:received'], account_ids: [support.id] },
  ]) {
    await ana.call('POST', '/api/webhooks', webhook)
  }

  for (const [name, options] of [
    ['light', { colorScheme: 'light', viewport: DESKTOP }],
    ['dark', { colorScheme: 'dark', viewport: DESKTOP }],
    ['phone-light', { colorScheme: 'light', viewport: PHONE, deviceScaleFactor: 2 }],
    ['phone-dark', { colorScheme: 'dark', viewport: PHONE, deviceScaleFactor: 2 }],
    ['spanish', { colorScheme: 'light', viewport: DESKTOP, locale: 'es-EC' }],
  ]) {
    const picture = async (page, what) => {
      await settled(page)
      await page.screenshot({ path: join(folder, `${what}-${name}.png`) })
    }
    const out = await visit(browser, world, options)
    for (const path of ['login', 'register', 'nothing-here']) {
      await out.goto(`/${path}`)
      await out.evaluate(() => document.fonts.ready)
      await picture(out, path)
    }
    await out.context().close()

    await talk(await visit(browser, world, { ...options, person: ana }), picture)
    await hook(await visit(browser, world, { ...options, person: ana }), picture)

    const page = await visit(browser, world, { ...options, person: ana })
    if (past) await page.route('**/uptime?*', withPast)
    await openConnections(page)
    const card = label => page.getByRole('listitem').filter({ hasText: label })
    const dialog = page.getByRole('dialog')
    await card('Reminders').locator('.pill.bad').waitFor()
    await page.waitForFunction(() => document.querySelectorAll('.bars i').length === 150)
    await picture(page, 'connections')

    await card('Reminders').locator('summary').click()
    await picture(page, 'menu')
    await page.keyboard.press('Escape')
    await page.locator('.profile summary').click()
    await page.getByRole('switch').waitFor()
    await picture(page, 'profile')
    await page.keyboard.press('Escape')


    await card('New shop').locator('.acts > button').click()
    await dialog.locator('.qr-code').waitFor()
    await picture(page, 'qr')
    await dialog.locator('.segments button').last().click()
    await dialog.locator('#phone_number').fill('12')
    await dialog.locator('.pair form button').click()
    await dialog.locator('.field-error').waitFor()
    await picture(page, 'number')
    await dialog.locator('#phone_number').fill('+593 98 222 3344')
    await dialog.locator('.pair form button').click()
    await dialog.locator('.letters').waitFor()
    await picture(page, 'pair-code')
    await page.keyboard.press('Escape')

    await page.locator('#several').click()
    await dialog.locator('.qr-code').first().waitFor()
    await picture(page, 'several')
    await page.keyboard.press('Escape')

    await card('Store').locator('summary').click()
    await card('Store').locator('.menu-item').first().click()
    await dialog.locator('.timeline li').first().waitFor()
    await picture(page, 'activity')
    await page.keyboard.press('Escape')

    await card('Store').locator('.acts > button').click()
    await dialog.locator('.seal.good').waitFor()
    await dialog.locator('.test button').click()
    await dialog.locator('.test-status .pill.good').waitFor()
    await picture(page, 'ready')
    await page.keyboard.press('Escape')

    const guarded = await ana.call('POST', '/api/accounts', { label: 'Guarded' })
    await card('Guarded').locator('.acts > button').click()
    await dialog.locator('.qr-code').waitFor()
    await phone('+593982223344').fault('passkey')
    const { qr } = await ana.call('GET', `/api/accounts/${guarded.id}/session/qr`)
    phone('+593982223344').scan(qr).catch(() => {})
    await dialog.locator('#assertion').waitFor()
    await picture(page, 'passkey')
    await page.keyboard.press('Escape')
    await picture(page, 'passkey-card')
    await ana.call('DELETE', `/api/accounts/${guarded.id}`)
    await phone('+593982223344').fault('clear')

    await phone('+593991203344').fault('temporary_ban', { expire: 7200 })
    await card('Support').locator('.pill.bad').waitFor()
    await phone('+6287733760363').fault('replaced')
    await card('Suppliers').locator('.pill.bad').waitFor()
    await card('Support').locator('.acts > button').click()
    await dialog.locator('.seal').waitFor()
    await picture(page, 'ban')
    await page.keyboard.press('Escape')
    await picture(page, 'endings')
    await phone('+593991203344').fault('clear')
    for (const label of ['Support', 'Suppliers']) {
      const { items } = await ana.call('GET', '/api/accounts')
      await ana.call('POST', `/api/accounts/${items.find(account => account.label === label).id}/session`, { restart: true })
      await card(label).locator('.pill.good').waitFor()
    }

    await card('Store').locator('summary').click()
    await card('Store').locator('.menu-item.danger').click()
    await dialog.locator('.button.danger').waitFor()
    await picture(page, 'remove')
    await page.context().close()
  }
}

/** What people write to the store, and to one another. */
async function write(ana) {
  const people = {}
  for (const [number, name] of [[LUCIA, 'Lucía Andrade'], [MATEO, 'Mateo Ruiz'], [DEWI, 'Dewi Lestari']]) {
    people[number] = await Phone.create(world, number, name)
  }
  const path = number => `/phones/${encodeURIComponent(number)}/messages`
  const says = (number, message, to = STORE) => people[number].call('POST', path(number), { to, ...message })
  const store = (await ana.call('GET', '/api/accounts')).items.find(account => account.phone_number === STORE)
  const answers = async (to, message) => {
    const { id } = await ana.call('POST', '/api/messages', { account_id: store.id, to, type: 'text', ...message })
    await eventually('it is delivered', async () => (await ana.call('GET', `/api/messages/${id}`)).status === 'delivered')
  }
  const conversation = name =>
    eventually(name, async () =>
      (await ana.call('GET', '/api/conversations')).items.find(it => it.with.name === name))

  const group = await people[MATEO].call('POST', '/groups', {
    subject: 'Wholesale', owner: MATEO, participants: [STORE, DEWI],
  })
  await says(MATEO, { text: 'Prices for October are on their way.' }, group.jid)
  await says(DEWI, { text: 'Thank you!' }, group.jid)
  await people[MATEO].call('PATCH', `/groups/${group.jid}`, { subject: 'Wholesale · Quito', by: DEWI })
  await says(MATEO, { text: 'When does the truck come?' }, group.jid)

  await says(DEWI, { type: 'location', location: { latitude: -0.1807, longitude: -78.4678, name: 'Plaza Grande' } })
  await says(DEWI, { text: 'I am here. Is it far?' })
  const { id: call } = await people[DEWI].call('POST', `/phones/${encodeURIComponent(DEWI)}/calls`, { to: STORE })
  await people[DEWI].call('DELETE', `/phones/${encodeURIComponent(DEWI)}/calls/${call}`)

  await says(MATEO, { text: 'This one is on its way', unreadable: 'until_sent_again' })

  const { id: question } = await says(LUCIA, { text: 'Good morning! Is order 1042 on its way?' })
  await conversation('Lucía Andrade')
  await answers(LUCIA, { text: 'Good morning, Lucía. It left at nine: https://track.example.com/1042' })
  await says(LUCIA, { text: 'Wonderful, thank you', quoted: { id: question } })
  const form = new FormData()
  const fields = { to: STORE, type: 'image', caption: 'It goes right there.' }
  for (const [name, value] of Object.entries(fields)) form.set(name, value)
  form.set('file', new Blob([landscape()], { type: 'image/png' }), 'terrace.png')
  await fetch(world.phones + path(LUCIA), { method: 'POST', body: form })
  await answers(LUCIA, { text: 'What a view!' })
  await says(LUCIA, { type: 'poll', poll: { question: 'When shall I be at home?', options: ['Before noon', 'After noon'] } })
  const { id } = await conversation('Lucía Andrade')
  await ana.call('PATCH', `/api/conversations/${id}`, { labels: ['vip', 'order 1042'], note: 'Calls in the morning.' })
}

/** A sky above hills. */
function landscape() {
  const picture = new PNG({ width: 640, height: 400 })
  for (let y = 0; y < picture.height; y += 1) {
    for (let x = 0; x < picture.width; x += 1) {
      const far = y > 230 + 40 * Math.sin(x / 90)
      const near = y > 300 + 30 * Math.sin(x / 60 + 2)
      const colour = near ? [38, 94, 70] : far ? [94, 148, 122] : [250 - y / 3, 214 - y / 8, 160 + y / 4]
      picture.data.set([...colour.map(Math.round), 255], (y * picture.width + x) * 4)
    }
  }
  return PNG.sync.write(picture)
}

async function talk(page, picture) {
  await page.goto('/inbox')
  const row = name => page.locator('.conversation').filter({ has: page.locator('.name').getByText(name, { exact: true }) })
  await row('Lucía Andrade').waitFor()
  await picture(page, 'inbox')
  await row('Lucía Andrade').click()
  await page.waitForFunction(() => {
    const pictures = [...document.querySelectorAll('.message img')]
    return pictures.length > 0 && pictures.every(it => it.complete && it.naturalWidth > 0)
  })
  await picture(page, 'thread')
  for (const [name, what] of [['Wholesale · Quito', 'thread-group'], ['Dewi Lestari', 'thread-call'], ['Mateo Ruiz', 'thread-waiting']]) {
    if (await page.locator('.back').isVisible()) await page.locator('.back').click()
    await row(name).click()
    await page.locator('.thread-list .line').first().waitFor()
    await picture(page, what)
  }
  await page.context().close()
}

async function hook(page, picture) {
  await page.goto('/settings/webhooks')
  await page.locator('#add-webhook:enabled').waitFor()
  await picture(page, 'webhooks')
  await page.locator('#add-webhook').click()
  await page.getByRole('dialog').locator('input').first().waitFor()
  await picture(page, 'webhook')
  await page.context().close()
}

/** A server that has run for a minute has no past. With `--past` one is made up, to look at only. */
async function withPast(route) {
  const response = await route.fetch()
  if (!response.ok()) return route.fulfill({ response })
  const uptime = await response.json()
  const linked = uptime.ready_ratio !== null
  const seed = [...route.request().url()].reduce((sum, letter) => sum + letter.charCodeAt(0), 0)
  uptime.days = uptime.days.map((day, n) => {
    if (!linked) return day
    const down = (n + seed) % 23 === 7 ? 5_200 : (n + seed) % 17 === 3 ? 340 : 0
    return { ...day, ready_s: 86_400 - down, down_s: down, unlinked_s: 0 }
  })
  const down = uptime.days.reduce((sum, day) => sum + day.down_s, 0)
  if (linked) uptime.ready_ratio = 1 - down / (30 * 86_400)
  await route.fulfill({ response, json: uptime })
}

/** Two pictures side by side. */
async function combine(name, parts) {
  const page = await visit(browser, world, { viewport: { width: 1640, height: 545 } })
  const images = await Promise.all(
    parts.map(async part => {
      const picture = await readFile(join(folder, `${part}.png`))
      return `<img src="data:image/png;base64,${picture.toString('base64')}" width="800" style="border-radius: 12px">`
    }),
  )
  await page.setContent(`<body style="margin: 20px 13px; display: flex; gap: 14px">${images.join('')}`)
  await page.screenshot({ path: join(folder, `${name}.png`), omitBackground: true })
}
