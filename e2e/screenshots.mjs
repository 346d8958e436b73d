// Pictures of the real product, for the README and for looking at:
//   cargo xtask test --only browser builds what they need; then
//   WHAHOOK_BIN=… SIMULATOR_BIN=… SITE_DIR=… node screenshots.mjs [--past] [FOLDER]
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { launch, openConnections, settled, visit } from './support/browser.mjs'
import { Person, Phone, linkedAccount } from './support/clients.mjs'
import { World } from './support/processes.mjs'

const DESKTOP = { width: 1280, height: 800 }
const PHONE = { width: 390, height: 844 }
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
    ['+593987654321', 'Ana', 'Store · Quito'],
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
