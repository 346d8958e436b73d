import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { expectAccessible, expectFits, launch, visit } from './support/browser.mjs'
import { Person, Phone, eventually, linkedAccount } from './support/clients.mjs'
import { World } from './support/processes.mjs'

const run = promisify(execFile)
const HERE = new URL('.', import.meta.url).pathname

let world, browser, ana, store
before(async () => {
  world = await World.start()
  browser = await launch()
  ana = await Person.register(world, 'Ana')
  store = await linkedAccount(ana, await Phone.create(world, '+593987654321', 'Ana'), 'Store')
})
after(async () => {
  await browser?.close()
  await world?.stop()
})

async function openKeys(person = ana, options = {}) {
  const page = await visit(browser, world, { person, permissions: ['clipboard-read', 'clipboard-write'], ...options })
  await page.goto('/settings/api-keys')
  await page.locator('#create-key:enabled').waitFor()
  return page
}

const card = (page, name) => page.getByRole('listitem').filter({ hasText: name })
const clipboard = page => page.evaluate(() => navigator.clipboard.readText())
async function copied(page, button) {
  await button.click()
  await button.and(page.getByText('Copied')).waitFor()
  return clipboard(page)
}

test('a key takes two clicks, and what is copied with it works in a shell and in Node', async t => {
  const page = await openKeys()
  await page.getByText('Your first API key').waitFor()
  await page.evaluate(() => {
    globalThis.clicks = 0
    addEventListener('click', event => event.isTrusted && (globalThis.clicks += 1), true)
  })
  await page.getByRole('button', { name: 'Create a key' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Create a key' }).click()
  await dialog.getByRole('heading', { name: 'Key 1 is ready' }).waitFor()
  const clicks = await page.evaluate(() => globalThis.clicks)
  t.diagnostic(`${clicks} clicks`)
  assert.equal(clicks, 2)
  const key = await copied(page, dialog.locator('.secret button'))
  assert.match(key, /^whk_[\w-]{43}$/)
  assert.equal(await dialog.getByLabel('The key').inputValue(), key)

  // First who listens, then what there is to hear.
  await dialog.getByRole('button', { name: 'Follow with Socket.IO' }).click()
  const follow = await copied(page, dialog.locator('.snippet-acts button'))
  assert.ok(follow.includes(key) && follow.includes(store.id), follow)
  const listener = spawn('node', ['--input-type=module', '-e', follow], { cwd: HERE, stdio: ['ignore', 'pipe', 'pipe'] })
  try {
    const lines = []
    createInterface({ input: listener.stdout }).on('line', line => lines.push(line))
    createInterface({ input: listener.stderr }).on('line', line => lines.push(`error: ${line}`))
    await eventually('the program is connected', () => lines.find(line => /^connected; \d+ events so far$/.test(line)))

    await dialog.getByRole('button', { name: 'Send with curl' }).click()
    const send = await copied(page, dialog.locator('.snippet-acts button'))
    const { stdout } = await run('bash', ['-c', send])
    assert.match(stdout, /^HTTP\/1\.1 202 Accepted\r\n/, stdout)
    const message = JSON.parse(stdout.split('\r\n\r\n').at(-1))
    assert.equal(message.account_id, store.id)
    await eventually('the program hears that it was sent', () => lines.includes(`${message.id} sent`) && lines)
  } finally {
    listener.kill()
  }

  // Closed, the key is nowhere any more.
  await dialog.getByRole('button', { name: 'Done' }).click()
  await page.locator('dialog').waitFor({ state: 'detached' })
  assert.ok(!(await page.content()).includes(key))
  assert.equal(await page.evaluate(() => document.activeElement.id), 'create-key', 'the focus is where it was')
  const row = card(page, 'Key 1')
  await row.getByText('Active', { exact: true }).waitFor()
  await row.getByText('Read, Send').waitFor()
  await row.getByText('All of yours').waitFor()

  await page.reload()
  await page.locator('#create-key:enabled').waitFor()
  assert.ok(!(await page.content()).includes(key))
  await row.getByText('not yet').waitFor({ state: 'detached' })
  assert.match(await page.locator('.snippet').innerText(), /Bearer YOUR_API_KEY/)
  assert.deepEqual(page.problems, [])
  await page.context().close()
})

test('a key may do what was chosen, for whom, and until when', async () => {
  const eva = await Person.register(world, 'Eva')
  const [sales] = await Promise.all(['Sales', 'Support'].map(label => eva.call('POST', '/api/accounts', { label })))
  const page = await openKeys(eva)
  await page.getByRole('button', { name: 'Create a key' }).click()
  const dialog = page.getByRole('dialog')
  const submit = dialog.getByRole('button', { name: 'Create a key' })
  await dialog.getByLabel('Name').fill('Reports')
  await dialog.getByLabel(/^Send/).uncheck()
  await dialog.getByLabel(/^Read/).uncheck()
  await submit.click()
  await dialog.getByText('Choose at least one.').waitFor()
  await dialog.getByLabel(/^Read/).check()
  await dialog.getByLabel(/^Chosen ones/).check()
  await submit.click()
  await dialog.getByText('Choose at least one connection.').waitFor()
  await dialog.getByLabel('Sales').check()
  await dialog.getByLabel('Expires').selectOption({ label: 'On a date' })
  await dialog.getByLabel('Last day').fill('2001-01-01')
  await submit.click()
  await dialog.getByText('Choose a day from today on.').waitFor()
  await dialog.getByLabel('Expires').selectOption({ label: 'In 30 days' })
  await submit.click()
  await dialog.getByRole('heading', { name: 'Reports is ready' }).waitFor()

  // It cannot send, so nothing that sends is offered.
  assert.deepEqual(await dialog.locator('.way').allInnerTexts(), ['Read with curl', 'Follow with Socket.IO'])
  assert.deepEqual(await dialog.getByLabel('Connection', { exact: true }).locator('option').allInnerTexts(), ['Sales'])
  const look = await copied(page, dialog.locator('.snippet-acts button'))
  const { stdout } = await run('bash', ['-c', look])
  assert.match(stdout, /^HTTP\/1\.1 200 OK\r\n/, stdout)
  await dialog.getByRole('button', { name: 'Done' }).click()

  const { items: [made] } = await eva.call('GET', '/api/keys')
  assert.deepEqual([made.name, made.scopes, made.account_ids], ['Reports', ['read'], [sales.id]])
  const days = (Date.parse(made.expires_at) - Date.parse(made.created_at)) / 86_400_000
  assert.ok(Math.abs(days - 30) < 0.01, `${days} days`)
  await card(page, 'Reports').getByText('Sales').waitFor()
  await page.context().close()
})

test('a day that was chosen counts to its end where the reader is', async () => {
  const eva = await Person.register(world, 'Eva')
  const page = await openKeys(eva, { timezoneId: 'Asia/Jakarta' })
  await page.getByRole('button', { name: 'Create a key' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Expires').selectOption({ label: 'On a date' })
  await dialog.getByLabel('Last day').fill('2099-12-31')
  await dialog.getByRole('button', { name: 'Create a key' }).click()
  await dialog.getByRole('heading', { name: 'Key 1 is ready' }).waitFor()
  const { items: [made] } = await eva.call('GET', '/api/keys')
  assert.equal(new Date(made.expires_at).toISOString(), '2099-12-31T16:59:59.000Z')
  await page.context().close()
})

test('a revoked key works no more, and the focus goes where one can go on', async () => {
  const eva = await Person.register(world, 'Eva')
  const { key } = await eva.call('POST', '/api/keys', { name: 'Old job', scopes: ['read'] })
  const ask = () => fetch(`${world.url}/api/accounts`, { headers: { authorization: `Bearer ${key}` } })
  assert.equal((await ask()).status, 200)
  const page = await openKeys(eva)
  await page.getByRole('button', { name: 'Revoke Old job' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Keep it' }).click()
  await page.locator('dialog').waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Revoke Old job' }).click()
  await dialog.getByRole('button', { name: 'Revoke', exact: true }).click()
  await page.getByText('Your first API key').waitFor()
  assert.equal((await ask()).status, 401)
  await page.locator('#create-key:focus').waitFor()
  await page.context().close()
})

test('a key that expires while one looks says so, and programs are told', async () => {
  const eva = await Person.register(world, 'Eva')
  const expires_at = new Date(Date.now() + 4_000).toISOString()
  const { key } = await eva.call('POST', '/api/keys', { name: 'Brief', scopes: ['read'], expires_at })
  const page = await openKeys(eva)
  await card(page, 'Brief').getByText('Expired', { exact: true }).waitFor()
  const refused = await fetch(`${world.url}/api/accounts`, { headers: { authorization: `Bearer ${key}` } })
  assert.equal(refused.status, 401)
  assert.equal((await refused.json()).error.code, 'key_expired')
  await page.context().close()
})

test('who is nobody, and a server out of reach, are answered in words', async () => {
  const eva = await Person.register(world, 'Eva')
  const page = await openKeys(eva)
  await page.getByText('You have no connection yet that messages could go through.').waitFor()
  await page.getByRole('button', { name: 'Create a key' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill(' ')
  await dialog.getByRole('button', { name: 'Create a key' }).click()
  await dialog.getByText('Give it a name.').waitFor()
  await page.route('**/api/keys', route => route.abort())
  await dialog.getByLabel('Name').fill('Jobs')
  await dialog.getByRole('button', { name: 'Create a key' }).click()
  await dialog.getByText('The server did not answer.').waitFor()
  await page.unroute('**/api/keys')
  await dialog.getByRole('button', { name: 'Create a key' }).click()
  await dialog.getByRole('heading', { name: 'Jobs is ready' }).waitFor()
  await page.context().close()

  const stranger = await visit(browser, world)
  await stranger.goto('/settings/api-keys')
  await stranger.waitForURL('**/login?next=%2Fsettings%2Fapi-keys')
  await stranger.context().close()
})

test('without JavaScript the keys still stand there', async () => {
  const eva = await Person.register(world, 'Eva')
  await eva.call('POST', '/api/keys', { name: 'Old job', scopes: ['read', 'admin'] })
  const page = await visit(browser, world, { person: eva, javaScriptEnabled: false, locale: 'es-EC' })
  await page.goto('/settings/api-keys')
  await card(page, 'Old job').getByText('Leer, Administrar').waitFor()
  await page.context().close()
})

const LOOKS = [
  { name: 'light', colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  { name: 'dark', colorScheme: 'dark', viewport: { width: 1280, height: 800 } },
  { name: 'light on a phone', colorScheme: 'light', viewport: { width: 390, height: 844 } },
  { name: 'dark on a phone', colorScheme: 'dark', viewport: { width: 390, height: 844 } },
]
for (const { name, ...look } of LOOKS) {
  test(`keys and their dialogs break no rule of accessibility: ${name}`, async () => {
    const eva = await Person.register(world, 'Eva')
    await eva.call('POST', '/api/accounts', { label: 'Sales' })
    const soon = new Date(Date.now() + 86_400_000).toISOString()
    await eva.call('POST', '/api/keys', { name: 'Nightly reports', scopes: ['read'], expires_at: soon })
    await eva.call('POST', '/api/keys', { name: 'Shop', scopes: ['read', 'send'] })
    const page = await openKeys(eva, look)
    const picture = async what => {
      await expectAccessible(page, `${what}, ${name}`)
      await expectFits(page, `${what}, ${name}`)
      const folder = process.env.SCREENSHOTS
      if (folder) await page.screenshot({ path: `${folder}/keys ${what}, ${name}.png` })
    }
    await picture('the list')
    await page.getByRole('button', { name: 'Revoke Shop' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.waitFor()
    await picture('revoke')
    await page.keyboard.press('Escape')
    await page.locator('dialog').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Create a key' }).click()
    await dialog.getByLabel(/^Chosen ones/).check()
    await dialog.getByLabel('Expires').selectOption({ label: 'On a date' })
    await picture('create')
    await dialog.getByLabel(/^All of yours/).check()
    await dialog.getByLabel('Expires').selectOption({ label: 'Never' })
    await dialog.getByRole('button', { name: 'Create a key' }).click()
    await dialog.getByRole('heading', { name: 'Key 1 is ready' }).waitFor()
    await picture('made')
    await page.context().close()
  })
}
