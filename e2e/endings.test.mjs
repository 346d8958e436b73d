import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, test } from 'node:test'
import { expectAccessible, launch, listenIn, openConnections, visit } from './support/browser.mjs'
import { Person, Phone, eventually, linkedAccount } from './support/clients.mjs'
import { World } from './support/processes.mjs'

let world, browser
before(async () => {
  // Nothing listens there: whether mail arrives is the server's own tests' matter.
  world = await World.start({ SMTP_URL: 'smtp://127.0.0.1:1', MAIL_FROM: 'whahook@example.com' })
  browser = await launch()
})
after(async () => {
  await browser?.close()
  await world?.stop()
})

const cardOf = (page, label) => page.getByRole('listitem').filter({ hasText: label })

async function linkedPage(name, number, options) {
  const person = await Person.register(world, name)
  const phone = await Phone.create(world, number, name)
  const account = await linkedAccount(person, phone, 'Store')
  const page = await visit(browser, world, { person, ...options })
  return { person, phone, account, page }
}

test('a connection that is used elsewhere says so and comes back with one click', async () => {
  const { phone, page } = await linkedPage('Ana', '+593987654321')
  await openConnections(page)
  const card = cardOf(page, 'Store')
  await card.getByText('Connected', { exact: true }).waitFor()
  await phone.fault('replaced')
  await card.getByText('Used elsewhere', { exact: true }).waitFor()
  await card.getByText('Another program opened the same linked device').waitFor()
  await page.getByLabel('1 needs you').first().waitFor()
  await expectAccessible(page, 'used elsewhere')
  await card.getByRole('button', { name: 'Use here: Store' }).click()
  await card.getByText('Connected', { exact: true }).waitFor()
})

test('a ban says until when, in the reader\'s own time, and offers nothing that cannot help', async () => {
  const { person, account, phone, page } = await linkedPage('Bea', '+593991203344', {
    timezoneId: 'Asia/Jakarta',
    locale: 'en-GB',
  })
  await openConnections(page)
  await phone.fault('temporary_ban', { expire: 7200 })
  const card = cardOf(page, 'Store')
  await card.getByText('Banned for a time').waitFor()
  const until = await eventually('the end of the ban', async () =>
    (await person.call('GET', `/api/accounts/${account.id}`)).next_attempt_at,
  )
  const local = new Date(until).toLocaleTimeString('en', { timeZone: 'Asia/Jakarta', hour: 'numeric', minute: '2-digit' })
  await card.getByText(local).waitFor()
  await card.getByRole('button', { name: 'Open: Store' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('heading', { name: 'Banned for a time' }).waitFor()
  await dialog.getByText('It comes back by itself when the ban ends.').waitFor()
  assert.equal(await dialog.locator('.dialog-acts button').count(), 0, 'trying earlier cannot help')
  await expectAccessible(page, 'a ban')
})

test('a passkey is explained, answered on WhatsApp\'s own page and confirmed', async () => {
  const person = await Person.register(world, 'Carla')
  const phone = await Phone.create(world, '+593965550101', 'Carla')
  await phone.fault('passkey')
  await person.call('POST', '/api/accounts', { label: 'Guarded' })
  const page = await openConnections(await visit(browser, world, { person, permissions: ['clipboard-read', 'clipboard-write'] }))
  await cardOf(page, 'Guarded').getByRole('button', { name: /Show QR/ }).click()
  const dialog = page.getByRole('dialog')
  await dialog.locator('.qr-code').waitFor()
  const { id } = (await person.call('GET', '/api/accounts')).items[0]
  const { qr } = await person.call('GET', `/api/accounts/${id}/session/qr`)
  // The phone waits for the passkey, so the scan has no answer yet.
  const scanned = phone.scan(qr).catch(error => error)

  await dialog.getByRole('heading', { name: 'WhatsApp asks for a passkey' }).waitFor()
  await expectAccessible(page, 'a passkey is asked for')
  await dialog.getByRole('button', { name: 'Try a code for the phone' }).waitFor()

  // What is no answer is said to be none.
  await dialog.getByLabel('Paste the answer here').fill('hello')
  await dialog.getByRole('button', { name: 'Send the answer' }).click()
  await dialog.getByText('This is not the answer').waitFor()

  await dialog.getByRole('button', { name: 'Options only' }).click()
  const options = JSON.parse(await eventually('the options', () => page.evaluate(() => navigator.clipboard.readText())))
  await dialog.getByRole('button', { name: 'Copy the request' }).click()
  const script = await eventually('the request', async () => {
    const text = await page.evaluate(() => navigator.clipboard.readText())
    return text.includes('credentials.get') && text
  })
  const answer = await answerInBrowser(script, options)

  await dialog.getByLabel('Paste the answer here').fill(answer)
  await dialog.getByRole('button', { name: 'Send the answer' }).click()
  await dialog.getByText('Is it the same as this one?').waitFor()
  const code = await dialog.locator('.letters').innerText()
  const shown = await eventually('the code on the phone', async () => (await phone.call('GET', `/phones/${encodeURIComponent(phone.number)}`)).passkey?.code)
  assert.equal(code.trim(), shown)
  await expectAccessible(page, 'codes are compared')
  await dialog.getByRole('button', { name: 'Yes, the codes are the same' }).click()
  await dialog.getByRole('heading', { name: 'Connected' }).waitFor()
  await scanned
  assert.deepEqual(page.problems, [])
})

/** Runs the request in a browser with that passkey, as on WhatsApp's page. */
async function answerInBrowser(script, options) {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.route('https://web.whatsapp.com/**', route => route.fulfill({ contentType: 'text/html', body: '<h1>WhatsApp</h1>' }))
  await page.goto('https://web.whatsapp.com/')
  const session = await context.newCDPSession(page)
  await session.send('WebAuthn.enable')
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  })
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  await session.send('WebAuthn.addCredential', {
    authenticatorId,
    credential: {
      credentialId: Buffer.from(options.allowCredentials[0].id, 'base64url').toString('base64'),
      isResidentCredential: true,
      rpId: options.rpId,
      userHandle: Buffer.from('person').toString('base64'),
      privateKey: privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'),
      signCount: 1,
    },
  })
  const answered = new Promise(resolve => page.on('dialog', async dialog => {
    if (dialog.type() === 'prompt') resolve(dialog.defaultValue())
    else if (/Error/.test(dialog.message())) resolve(dialog.message())
    await dialog.accept()
  }))
  await page.evaluate(script)
  await page.getByRole('heading').click()
  const answer = await answered
  await context.close()
  return answer
}

test('what happened, for how long and by whom is on the page, and how well it was connected', async () => {
  const { phone, page } = await linkedPage('Dora', '+593981112233')
  await openConnections(page)
  const card = cardOf(page, 'Store')
  const bars = card.getByRole('img', { name: /Connected in the last 30 days/ })
  await bars.waitFor()
  assert.equal(await bars.locator('i').count(), 30)
  await bars.locator('i').last().hover()
  await page.getByText('uptime, 30 days').waitFor()

  await card.getByLabel('More for Store').click()
  await card.getByRole('button', { name: 'Activity' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('heading', { name: 'Activity of Store' }).waitFor()
  const lines = dialog.locator('.timeline > li')
  await lines.filter({ hasText: 'Connected' }).filter({ hasText: 'until now' }).waitFor()
  await lines.filter({ hasText: 'by Dora' }).first().waitFor()
  await expectAccessible(page, 'activity')

  // It goes on by itself while it is open.
  await phone.unlinkAll()
  await lines.first().getByText('Unlinked on the phone').waitFor()
  await lines.filter({ hasText: 'Connected' }).filter({ hasText: /for \d+ (s|min)/ }).first().waitFor()
  assert.deepEqual(page.problems, [])
})

test('a phone that was not seen for long is warned of on its card, with both days', async () => {
  const { account, page } = await linkedPage('Eva', '+593982223344')
  // Nobody waits twelve days for a test: the server's own test moves its clock.
  let warning = { code: 'phone_not_seen', since: '2026-11-03T12:00:00Z', until: '2026-11-17T12:00:00Z' }
  await page.route('**/api/accounts', async route => {
    const response = await route.fetch()
    const accounts = await response.json()
    accounts.items[0].warning = warning
    await route.fulfill({ response, json: accounts })
  })
  const line = await listenIn(page)
  await openConnections(page)
  const card = cardOf(page, 'Store')
  await card.getByText('The phone was last online on').waitFor()
  await card.getByText('November 3', { exact: true }).waitFor()
  await card.getByText('November 17', { exact: true }).waitFor()
  await expectAccessible(page, 'a warning')
  warning = null
  line.tell('whatsapp:warning', { seq: line.next(account.id), accountId: account.id, sessionId: account.session_id, warning })
  await card.getByText('The phone was last online on').waitFor({ state: 'detached' })
})

test('the same number under a second name is refused, and the first is named', async () => {
  const { person, phone, page } = await linkedPage('Flor', '+593983334455')
  await person.call('POST', '/api/accounts', { label: 'Again' })
  await openConnections(page)
  await cardOf(page, 'Again').getByRole('button', { name: /Show QR/ }).click()
  const dialog = page.getByRole('dialog')
  await dialog.locator('.qr-code').waitFor()
  const second = (await person.call('GET', '/api/accounts')).items.find(account => account.label === 'Again')
  const { qr } = await person.call('GET', `/api/accounts/${second.id}/session/qr`)
  await phone.scan(qr)
  await dialog.getByRole('heading', { name: 'Connected already' }).waitFor()
  await dialog.getByText('It is connected as “Store”.').waitFor()
  await dialog.getByRole('button', { name: 'Show QR' }).waitFor()
})

test('alerts by e-mail are switched off and on in the profile\'s menu', async () => {
  const person = await Person.register(world, 'Gina')
  const page = await openConnections(await visit(browser, world, { person }))
  const alerts = page.getByRole('switch', { name: /E-mail alerts/ })
  const open = () => page.locator('.profile summary').click()
  const wanted = async () => (await person.call('GET', '/api/me/settings')).email_alerts
  await open()
  assert.equal(await alerts.getAttribute('aria-checked'), `${await wanted()}`)
  const before = await wanted()
  await alerts.click()
  await page.locator(`[role=switch][aria-checked=${!before}]`).waitFor()
  assert.equal(await wanted(), !before)
  await page.reload()
  await page.locator('#connect:enabled').waitFor()
  await open()
  await page.locator(`[role=switch][aria-checked=${!before}]`).waitFor()
  await expectAccessible(page, 'the switch')
  await alerts.press('Space')
  await eventually('it is as before', async () => (await wanted()) === before)
})
