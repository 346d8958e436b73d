import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, listenIn, openConnections, visit } from './support/browser.mjs'
import { PASSWORD, Person, Phone, eventually, linkedAccount } from './support/clients.mjs'
import { World } from './support/processes.mjs'

let world, browser, ana
before(async () => {
  world = await World.start()
  browser = await launch()
  ana = await Person.register(world, 'Ana')
  await linkedAccount(ana, await Phone.create(world, '+593987654321', 'Ana'), 'Store')
})
after(async () => {
  await browser?.close()
  await world?.stop()
})

test('without JavaScript the list still stands there and says what is missing', async () => {
  const page = await visit(browser, world, { person: ana, javaScriptEnabled: false })
  await page.goto('/settings/connections')
  const card = page.getByRole('listitem').filter({ hasText: 'Store' })
  await card.getByText('+593 98 765 4321').waitFor()
  await card.getByText('Connected', { exact: true }).waitFor()
  assert.match(await card.locator('time').innerText(), /^\d+ \w+, \d\d:\d\d UTC$/)
  // Playwright looks for texts outside of `noscript` only.
  await page.locator('.noscript').waitFor()
  await page.goto('/login')
  await page.waitForURL('**/settings/connections')
})

test('times are shown in the time zone of the reader', async () => {
  const page = await visit(browser, world, { person: ana, timezoneId: 'Asia/Jakarta', locale: 'en-GB' })
  await openConnections(page)
  const time = page.getByRole('listitem').locator('time')
  const at = new Date(await time.getAttribute('datetime'))
  const expected = at.toLocaleTimeString('en', { timeZone: 'Asia/Jakarta', hour: 'numeric', minute: '2-digit' })
  assert.ok((await time.innerText()).endsWith(expected), `${await time.innerText()} should be ${expected}`)
})

test('the page speaks the language of the browser, and the one that is chosen', async () => {
  const page = await visit(browser, world, { person: ana, locale: 'es-EC' })
  await openConnections(page)
  assert.equal(await page.locator('html').getAttribute('lang'), 'es')
  await page.getByRole('heading', { name: 'Conexiones' }).waitFor()
  await page.getByText('Conectado', { exact: true }).waitFor()

  await page.locator('.profile summary').click()
  await page.getByRole('link', { name: 'English' }).click()
  await page.getByRole('heading', { name: 'Connections' }).waitFor()
  assert.equal(new URL(page.url()).search, '', 'the address stays clean')
  await page.reload()
  await page.getByRole('heading', { name: 'Connections' }).waitFor()
})

test('the colours that are chosen are there from the first paint', async () => {
  const page = await visit(browser, world, { person: ana, colorScheme: 'light' })
  await openConnections(page)
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  const light = await background()
  await page.locator('.profile summary').click()
  await page.getByRole('link', { name: 'Dark' }).click()
  await page.locator('html[data-theme=dark]').waitFor()
  assert.notEqual(await background(), light)
})

test('everything can be done from the keyboard, and the focus comes back', async () => {
  const page = await openConnections(await visit(browser, world, { person: ana }))
  const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.textContent.trim() || document.activeElement.getAttribute('aria-label'))

  await page.keyboard.press('Tab')
  assert.equal(await focused(), 'Skip to the content')
  await page.locator('#connect').focus()
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog')
  await dialog.locator('.qr-code').waitFor()
  assert.equal(await focused(), 'account-title', 'the dialog begins at its heading')
  for (let n = 0; n < 12; n += 1) {
    await page.keyboard.press('Tab')
    const outside = await page.evaluate(() => document.activeElement !== document.body && !document.activeElement.closest('dialog'))
    assert.ok(!outside, `after ${n + 1} tabs the focus is outside the dialog, on ${await focused()}`)
  }
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'hidden' })
  assert.equal(await focused(), 'connect', 'the focus is where it was')

  // The card of the account that was never linked is kept, and its menu works.
  const card = page.getByRole('listitem').filter({ hasText: 'WhatsApp 1' })
  await card.locator('summary').focus()
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  assert.equal(await focused(), 'Activity')
  await page.keyboard.press('Escape')
  assert.equal(await page.evaluate(() => document.activeElement.tagName), 'SUMMARY')
  assert.equal(await card.locator('details[open]').count(), 0)
})

test('a new code takes the place of the old one by itself', async () => {
  const page = await openConnections(await visit(browser, world, { person: ana }))
  await page.getByRole('button', { name: 'Connect WhatsApp' }).click()
  const code = page.getByRole('dialog').locator('.qr-dark')
  await code.waitFor()
  const first = await code.getAttribute('d')
  // WhatsApp's first code lives for a minute.
  await page.waitForFunction(before => {
    const now = document.querySelector('.qr-dark')?.getAttribute('d')
    return now && now !== before
  }, first, { timeout: 90_000 })
})

test('codes never run out while a person looks, and stop when nobody does', async () => {
  const page = await visit(browser, world, { person: ana })
  const line = await listenIn(page)
  await page.clock.install()
  await openConnections(page)
  await page.getByRole('button', { name: 'Connect WhatsApp' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.locator('.qr-code').waitFor()
  await eventually('the first command', () => line.commands.length === 1)

  // What the server says when WhatsApp gives no more codes.
  const { accountId } = JSON.parse(line.commands[0].replace(/^\d+/, ''))[1]
  const account = await ana.call('GET', `/api/accounts/${accountId}`)
  const timedOut = { status: 'disconnected', reason: 'qr_timeout', detail: null }
  // Asked meanwhile, the server says the same, until a command comes.
  let asked = -1
  await page.route('**/api/accounts', async route => {
    const response = await route.fetch()
    const json = await response.json()
    const mine = json.items.find(({ id }) => id === accountId)
    if (line.commands.length <= asked) Object.assign(mine, timedOut)
    await route.fulfill({ response, json })
  })
  const runOut = () => {
    asked = line.commands.length
    line.tell('whatsapp:status', {
      seq: line.next(accountId),
      accountId,
      sessionId: account.session_id,
      ...timedOut,
      since: new Date().toISOString(),
      nextAttemptAt: null,
    })
  }
  runOut()
  await eventually('the page asks for more codes', () => line.commands.length === 2)

  // The page is left open, and nobody touches it any more.
  await page.clock.fastForward('15:00')
  const before = line.commands.length
  // A socket that slept so long is opened again, and hears only what is said from then on.
  const said = dialog.getByText('The code ran out while nobody was looking.')
  await eventually('the page says so', () => {
    runOut()
    return said.waitFor({ timeout: 1_000 }).then(() => true)
  })
  assert.equal(line.commands.length, before, 'nothing was asked for on behalf of nobody')

  // One click goes on.
  await dialog.getByRole('button', { name: 'Show QR' }).click()
  await eventually('the page asks for a code', () => line.commands.length === before + 1)

  // Closed, it stays as it is, and the card says so.
  await page.keyboard.press('Escape')
  await page.locator('dialog').waitFor({ state: 'detached' })
  runOut()
  const card = page.getByRole('listitem').filter({ hasText: account.label })
  await card.getByText('The code ran out while nobody was looking.').waitFor()
  assert.equal(line.commands.length, before + 1)
})

test('who is signed out is led to sign in, and back to where they were going', async () => {
  const page = await visit(browser, world)
  await page.goto('/settings/connections')
  await page.waitForURL('**/login?next=%2Fsettings%2Fconnections')
  await page.getByLabel('E-mail').fill(ana.email)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL('**/settings/connections')
  await page.locator('#connect:enabled').waitFor()
  await page.locator('.profile summary').click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.waitForURL('**/login')
  await page.goto('/settings/connections')
  await page.waitForURL('**/login?next=%2Fsettings%2Fconnections')
})

test('programs and people are told each in their way that nothing is there', async () => {
  const person = await fetch(`${world.url}/nothing-here`, { headers: { accept: 'text/html' } })
  assert.equal(person.status, 404)
  assert.match(await person.text(), /There is nothing here/)
  const program = await fetch(`${world.url}/nothing-here`)
  assert.equal(program.status, 404)
  assert.equal((await program.json()).error.code, 'not_found')
})

test('pages run only their own scripts, are never kept, and their files always', async () => {
  const page = await fetch(`${world.url}/login`)
  const html = await page.text()
  const policy = page.headers.get('content-security-policy')
  const [, nonce] = policy.match(/script-src 'self' 'nonce-([^']+)' 'wasm-unsafe-eval'/)
  for (const [tag] of html.matchAll(/<script(?! type="application\/json")[^>]*>/g)) {
    assert.ok(tag.includes(`nonce="${nonce}"`), tag)
  }
  assert.equal(page.headers.get('cache-control'), 'no-store')
  const [script] = html.match(/\/pkg\/[0-9a-f]+\/sign_in\.js/)
  const file = await fetch(world.url + script, { headers: { 'accept-encoding': 'br' } })
  assert.match(file.headers.get('cache-control'), /immutable/)
  assert.equal(file.headers.get('content-encoding'), 'br')
  const missing = await fetch(`${world.url}/pkg/nothing.js`)
  assert.equal(missing.status, 404)
  assert.doesNotMatch(missing.headers.get('cache-control') ?? '', /immutable/)
})

test('signing in leads to no other site', async () => {
  for (const next of ['//evil.example/', 'https://evil.example/', '/\\evil.example']) {
    const response = await ana.fetch('GET', `/login?next=${encodeURIComponent(next)}`)
    assert.equal(response.url, `${world.url}/settings/connections`, next)
  }
})

test('a page is there each time it is asked for', async () => {
  const ana = await Person.register(world, 'Ana')
  for (const path of ['/settings/connections', '/messages', '/settings/api-keys', '/settings/webhooks']) {
    // Rendered on several threads: what only one of them may touch shows up in some of these.
    for (let n = 0; n < 100; n += 1) {
      const response = await ana.fetch('GET', path)
      assert.equal(response.status, 200)
      assert.match(await response.text(), /<\/html>/)
    }
  }
})
