import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { expectAccessible, expectFits, launch, visit } from './support/browser.mjs'
import { Person, Phone, eventually, linkedAccount } from './support/clients.mjs'
import { World, freePort } from './support/processes.mjs'

let world, browser, ana, store, bruno
before(async () => {
  world = await World.start({ ALLOW_PRIVATE_TARGETS: 'true' })
  browser = await launch()
  ana = await Person.register(world, 'Ana')
  store = await linkedAccount(ana, await Phone.create(world, '+593987654321', 'Ana'), 'Store')
  bruno = await Phone.create(world, '+593991203344', 'Bruno')
})
after(async () => {
  await browser?.close()
  await world?.stop()
})

/** A program that webhooks are sent to. */
class Receiver {
  static async start() {
    const receiver = new Receiver()
    receiver.got = []
    receiver.answer = () => [204, '']
    receiver.server = createServer(async (request, response) => {
      const chunks = []
      for await (const chunk of request) chunks.push(chunk)
      const text = `${Buffer.concat(chunks)}`
      const got = { headers: request.headers, text, body: JSON.parse(text) }
      receiver.got.push(got)
      const [status, body] = receiver.answer(got)
      response.writeHead(status).end(body)
    }).listen(0, '127.0.0.1')
    await once(receiver.server, 'listening')
    receiver.url = `http://127.0.0.1:${receiver.server.address().port}/hook`
    return receiver
  }

  stop() {
    this.server.closeAllConnections()
    this.server.close()
  }

  of(type) {
    return this.got.filter(({ body }) => body.type === type)
  }
}

/** How many of a request's signatures are of the secret. */
function signatures({ headers, text }, secret) {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${text}`
  const expected = `v1,${createHmac('sha256', key).update(signed).digest('base64')}`
  return headers['webhook-signature'].split(' ').filter(it => it === expected).length
}

async function open(person = ana, options = {}) {
  const page = await visit(browser, world, { person, permissions: ['clipboard-read', 'clipboard-write'], ...options })
  await page.goto('/settings/webhooks')
  await page.locator('#add-webhook:enabled').waitFor()
  return page
}

const card = (page, name) => page.getByRole('listitem').filter({ hasText: name })
const menu = async (page, name, item) => {
  await card(page, name).locator('summary').click()
  await card(page, name).getByRole('button', { name: item, exact: true }).click()
}
const closed = page => page.locator('dialog').waitFor({ state: 'detached' })

test('a webhook is added in a minute: its secret once, a test, and what somebody writes', async () => {
  const receiver = await Receiver.start()
  const page = await open()
  await page.getByText('Your first webhook').waitFor()
  await page.getByRole('button', { name: 'Add a webhook' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Address').fill(receiver.url)
  await dialog.getByRole('button', { name: 'Add a webhook' }).click()
  await dialog.getByRole('heading', { name: 'The webhook is ready' }).waitFor()
  const secret = await dialog.getByLabel('The secret').inputValue()
  assert.match(secret, /^whsec_[\w+/=]{44}$/)
  await dialog.getByRole('button', { name: 'Copy the secret' }).click()
  await dialog.getByRole('button', { name: 'Copied' }).waitFor()
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), secret)
  await dialog.getByRole('button', { name: 'Done' }).click()
  await closed(page)
  assert.equal(await page.evaluate(() => document.activeElement.id), 'add-webhook', 'the focus is where it was')
  assert.ok(!(await page.content()).includes(secret), 'nowhere any more')
  const hook = card(page, receiver.url)
  await hook.getByText('Active', { exact: true }).waitFor()
  await hook.getByText('not yet').waitFor()

  await hook.getByRole('button', { name: /^Deliveries/ }).click()
  await dialog.getByText('There are none.').waitFor()
  receiver.answer = () => [200, 'thanks']
  await dialog.getByRole('button', { name: 'Send a test' }).click()
  await dialog.getByRole('status').getByText(/^Answered with 200 · \d+ ms$/).waitFor()
  assert.equal(signatures(receiver.of('webhook:test')[0], secret), 1)
  const row = type => dialog.getByRole('listitem').filter({ hasText: type })
  await row('webhook:test').getByText('Delivered').waitFor()

  // It comes while one looks.
  await bruno.call('POST', `/phones/${encodeURIComponent(bruno.number)}/messages`, { to: '+593987654321', text: 'Is it open?' })
  const [got] = await eventually('the message arrives', () => receiver.of('message:received').length && receiver.of('message:received'))
  assert.equal(signatures(got, secret), 1)
  await row('message:received').getByText('Delivered').waitFor()
  await row('message:received').locator('summary').click()
  const shown = row('message:received').locator('.delivery')
  await shown.getByText('"text": "Is it open?"').waitFor()
  await shown.getByText('thanks', { exact: true }).waitFor()
  await shown.getByText(got.headers['webhook-id'], { exact: true }).waitFor()
  await page.keyboard.press('Escape')
  await closed(page)
  await hook.getByText('not yet').waitFor({ state: 'detached' })
  await page.reload()
  await hook.getByText('Active', { exact: true }).waitFor()
  assert.deepEqual(page.problems, [])
  await page.context().close()
  receiver.stop()
})

test('the receivers on the page verify what comes, as they are copied', async () => {
  const eva = await Person.register(world, 'Eva')
  const page = await open(eva)
  for (const [language, run] of [['Python', 'python3 -'], ['JavaScript', 'node --input-type=module -']]) {
    await page.getByRole('button', { name: language }).click()
    await page.locator('.snippet-acts button').click()
    await page.locator('.snippet-acts button').and(page.getByText('Copied')).waitFor()
    const program = await page.evaluate(() => navigator.clipboard.readText())
    const port = await freePort()
    assert.equal(program.match(/8080/g).length, 1)
    const { id, secret } = await eva.call('POST', '/api/webhooks', { url: `http://127.0.0.1:${port}/` })
    const [command, ...args] = run.split(' ')
    const child = spawn(command, args, { env: { ...process.env, WEBHOOK_SECRET: secret }, stdio: ['pipe', 'pipe', 'inherit'] })
    try {
      const lines = []
      createInterface({ input: child.stdout }).on('line', line => lines.push(line))
      child.stdin.end(program.replace('8080', port))
      const test = () => eva.call('POST', `/api/webhooks/${id}/test`)
      await eventually(`${language} takes what is genuine`, async () => (await test()).last_attempt.status === 200)
      assert.match(lines.join('\n'), /^webhook:test .*webhookId/m)
      await eva.call('POST', `/api/webhooks/${id}/secret`, { overlap_s: 0 })
      assert.equal((await test()).last_attempt.status, 401, language)
    } finally {
      child.kill()
    }
  }
  await page.context().close()
})

test('what is wrong is said at its field, and chosen events and connections are what is sent', async () => {
  const eva = await Person.register(world, 'Eva')
  const [sales] = await Promise.all(['Sales', 'Support'].map(label => eva.call('POST', '/api/accounts', { label })))
  const page = await open(eva)
  await page.getByRole('button', { name: 'Add a webhook' }).click()
  const dialog = page.getByRole('dialog')
  const submit = dialog.getByRole('button', { name: 'Add a webhook' })
  await submit.click()
  await dialog.getByText('Say where events are to be sent.').waitFor()
  await dialog.locator('#url:focus[aria-invalid]').waitFor()
  await dialog.getByLabel('Address').fill('ftp://example.com')
  await submit.click()
  await dialog.locator('#url-error').getByText(/http/).waitFor()
  await dialog.getByLabel('Address').fill('https://example.com/whatsapp')
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Shop')
  const events = dialog.getByRole('group', { name: 'What is sent' })
  await events.getByLabel('Chosen ones').check()
  await submit.click()
  await dialog.getByText('Choose at least one.').waitFor()
  await events.getByLabel(/message:received/).check()
  assert.equal(await events.getByLabel(/bulk:progress/).count(), 0, 'what the ledger does not have cannot be sent')
  const connections = dialog.getByRole('group', { name: 'Of which connections' })
  await connections.getByLabel('Chosen ones').check()
  await submit.click()
  await dialog.getByText('Choose at least one connection.').waitFor()
  await connections.getByLabel('Sales').check()
  await dialog.getByText('Headers of your own').click()
  await dialog.getByLabel('Headers', { exact: true }).fill('no colon')
  await submit.click()
  await dialog.getByText('this has not: no colon').waitFor()
  await dialog.getByLabel('Headers', { exact: true }).fill('Host: other')
  await submit.click()
  await dialog.locator('#headers-error').getByText(/host/).waitFor()
  await dialog.getByLabel('Headers', { exact: true }).fill('Authorization: Bearer of-mine\nX-Shop: 1')
  await dialog.getByLabel(/^Send its answers/).check()
  await submit.click()
  await dialog.getByRole('heading', { name: 'The webhook is ready' }).waitFor()
  const { items: [made] } = await eva.call('GET', '/api/webhooks')
  assert.deepEqual(
    [made.url, made.label, made.events, made.account_ids, made.header_names, made.replies],
    ['https://example.com/whatsapp', 'Shop', ['message:received'], [sales.id], ['authorization', 'x-shop'], true],
  )
  await dialog.getByRole('button', { name: 'Done' }).click()
  await closed(page)
  const hook = card(page, 'Shop')
  for (const fact of ['message:received', 'Sales', 'its answers are sent']) await hook.getByText(fact).first().waitFor()

  // What is not changed stays.
  await menu(page, 'Shop', 'Edit')
  await dialog.getByText('Sent along now: authorization, x-shop.').waitFor()
  assert.equal(await dialog.getByLabel('Address').inputValue(), made.url)
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Web shop')
  await dialog.getByRole('group', { name: 'Of which connections' }).getByLabel(/^All of yours/).check()
  await dialog.getByRole('button', { name: 'Save' }).click()
  await closed(page)
  await card(page, 'Web shop').getByText('All of yours').waitFor()
  const { items: [edited] } = await eva.call('GET', '/api/webhooks')
  assert.deepEqual([edited.events, edited.account_ids, edited.header_names], [['message:received'], null, made.header_names])
  await menu(page, 'Web shop', 'Edit')
  await dialog.getByLabel(/^Send none along/).check()
  await dialog.getByRole('button', { name: 'Save' }).click()
  await closed(page)
  assert.deepEqual((await eva.call('GET', '/api/webhooks')).items[0].header_names, [])
  await page.context().close()
})

test('one where nothing arrives says so and since when; it is turned on again, off, and removed', async () => {
  const receiver = await Receiver.start()
  const eva = await Person.register(world, 'Eva')
  const account = await eva.call('POST', '/api/accounts', { label: 'Sales' })
  await eva.call('POST', '/api/webhooks', { url: receiver.url, label: 'Shop' })
  const page = await open(eva)
  receiver.answer = () => [500, 'out of order']
  await eva.call('PATCH', `/api/accounts/${account.id}`, { label: 'Sales 2' })
  const hook = card(page, 'Shop')
  await hook.getByText('Failing', { exact: true }).waitFor()
  await hook.getByText('answered with status 500').waitFor()
  await hook.locator('dl').getByText('1', { exact: true }).waitFor()
  await hook.getByRole('button', { name: /^Deliveries/ }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Which').selectOption({ label: 'Waiting' })
  const row = dialog.getByRole('listitem').filter({ hasText: 'account:renamed' })
  await row.getByText(/^Answered with 500/).waitFor()
  await row.locator('summary').click()
  await row.getByText('out of order').waitFor()
  await row.getByText('Next attempt').waitFor()
  await dialog.getByLabel('Which').selectOption({ label: 'Given up' })
  await dialog.getByText('There are none.').waitFor()
  await page.keyboard.press('Escape')
  await closed(page)

  receiver.answer = () => [410, '']
  // Until the next attempt pauses have grown.
  await hook.getByText('Dead', { exact: true }).waitFor({ timeout: 60_000 })
  receiver.answer = () => [204, '']
  await hook.getByRole('button', { name: 'Turn on' }).first().click()
  await hook.getByText('Active', { exact: true }).waitFor()
  await hook.getByText('not yet').waitFor({ state: 'detached' })
  await menu(page, 'Shop', 'Turn off')
  await hook.getByText('Paused', { exact: true }).waitFor()
  assert.equal((await eva.call('GET', '/api/webhooks')).items[0].state, 'off')

  await menu(page, 'Shop', 'Remove')
  await dialog.getByRole('button', { name: 'Keep it' }).click()
  await closed(page)
  await menu(page, 'Shop', 'Remove')
  await dialog.getByRole('button', { name: 'Remove' }).click()
  await page.getByText('Your first webhook').waitFor()
  await page.locator('#add-webhook:focus').waitFor()
  assert.deepEqual((await eva.call('GET', '/api/webhooks')).items, [])
  await page.context().close()
  receiver.stop()
})

test('while a secret is replaced both sign, for as long as was chosen', async () => {
  const receiver = await Receiver.start()
  const eva = await Person.register(world, 'Eva')
  const { id, secret: old } = await eva.call('POST', '/api/webhooks', { url: receiver.url, label: 'Shop' })
  const page = await open(eva)
  await menu(page, 'Shop', 'New secret…')
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('The old one goes on signing for').selectOption({ label: 'an hour' })
  await dialog.getByRole('button', { name: 'Make a new secret' }).click()
  await dialog.getByRole('heading', { name: 'The new secret' }).waitFor()
  await dialog.getByText('The old one goes on signing until').waitFor()
  const secret = await dialog.getByLabel('The secret').inputValue()
  assert.notEqual(secret, old)
  await dialog.getByRole('button', { name: 'Done' }).click()
  await card(page, 'Shop').getByText('signed with two secrets').waitFor()
  await eva.call('POST', `/api/webhooks/${id}/test`)
  const [got] = receiver.got
  assert.deepEqual([signatures(got, secret), signatures(got, old)], [1, 1])
  const { previous_secret_until: until } = await eva.call('GET', `/api/webhooks/${id}`)
  const minutes = (Date.parse(until) - Date.now()) / 60_000
  assert.ok(minutes > 58 && minutes <= 60, `${minutes} minutes`)
  await page.context().close()
  receiver.stop()
})

test('everything since an hour of the reader is sent again, with the ids that it had', async () => {
  const receiver = await Receiver.start()
  const eva = await Person.register(world, 'Eva')
  const account = await eva.call('POST', '/api/accounts', { label: 'Sales' })
  await eva.call('POST', '/api/webhooks', { url: receiver.url, label: 'Shop' })
  await eva.call('PATCH', `/api/accounts/${account.id}`, { label: 'Sales 2' })
  const [first] = await eventually('it arrives', () => receiver.got.length && receiver.got)
  const page = await open(eva, { timezoneId: 'Asia/Jakarta' })
  await menu(page, 'Shop', 'Send again…')
  const dialog = page.getByRole('dialog')
  const again = dialog.getByRole('button', { name: 'Send again', exact: true })
  await again.click()
  await dialog.getByRole('heading', { name: 'There is nothing to send again' }).waitFor()
  await dialog.getByRole('button', { name: 'Done' }).click()
  await closed(page)

  await menu(page, 'Shop', 'Send again…')
  await dialog.getByLabel(/^Everything since/).check()
  const proposed = Date.parse(`${await dialog.getByLabel('Since', { exact: true }).inputValue()}:00Z`)
  const yesterday = Date.now() - 86_400_000 + 7 * 3_600_000
  assert.ok(Math.abs(proposed - yesterday) < 120_000, `${new Date(proposed)}`)
  await dialog.getByLabel('Since', { exact: true }).fill('')
  await again.click()
  await dialog.getByText('Choose a day and an hour.').waitFor()
  await dialog.getByLabel('Since', { exact: true }).fill('2020-11-22T14:00')
  const [request] = await Promise.all([page.waitForRequest('**/replay'), again.click()])
  assert.deepEqual(request.postDataJSON(), { since: '2020-11-22T07:00:00.000Z' })
  await dialog.getByRole('heading', { name: '2 events are sent again' }).waitFor()
  const got = await eventually('they arrive', () => receiver.got.length >= 3 && receiver.got)
  assert.deepEqual(got.slice(1).map(({ body }) => body.seq), [1, 2])
  assert.equal(got[2].headers['webhook-id'], first.headers['webhook-id'])
  await page.context().close()
  receiver.stop()
})

test('a reply that goes to the chat, and one that is wrong, are told at their delivery', async () => {
  const receiver = await Receiver.start()
  const wish = { url: receiver.url, label: 'Bot', events: ['message:received'], replies: true, account_ids: [store.id] }
  const { id } = await ana.call('POST', '/api/webhooks', wish)
  const say = text => bruno.call('POST', `/phones/${encodeURIComponent(bruno.number)}/messages`, { to: '+593987654321', text })
  const page = await open()
  await card(page, 'Bot').getByRole('button', { name: /^Deliveries/ }).click()
  const dialog = page.getByRole('dialog')
  receiver.answer = () => [200, JSON.stringify({ reply: { text: 'We are open.' } })]
  await say('Is it open?')
  await eventually('Bruno has the answer', async () => (await bruno.messages()).some(({ text }) => text === 'We are open.'))
  const rows = dialog.getByRole('listitem').filter({ hasText: 'message:received' })
  await rows.first().locator('summary').click()
  await rows.first().getByText(/^accepted for sending, as message/).waitFor()
  receiver.answer = () => [200, JSON.stringify({ reply: { txt: 'typo' } })]
  await say('Still?')
  await rows.nth(1).waitFor()
  await rows.first().locator('summary').click()
  await rows.first().getByText(/^not sent: .*reply\.txt/).waitFor()
  await ana.call('DELETE', `/api/webhooks/${id}`)
  await page.context().close()
  receiver.stop()
})

test('who is nobody signs in first, and a server out of reach is told in words', async () => {
  const eva = await Person.register(world, 'Eva')
  const page = await open(eva)
  await page.route('**/api/webhooks', route => route.abort())
  await page.getByRole('button', { name: 'Add a webhook' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Address').fill('https://example.com/whatsapp')
  await dialog.getByRole('button', { name: 'Add a webhook' }).click()
  await dialog.getByText('The server did not answer.').waitFor()
  await page.unroute('**/api/webhooks')
  await dialog.getByRole('button', { name: 'Add a webhook' }).click()
  await dialog.getByRole('heading', { name: 'The webhook is ready' }).waitFor()
  await page.context().close()

  const stranger = await visit(browser, world)
  await stranger.goto('/settings/webhooks')
  await stranger.waitForURL('**/login?next=%2Fsettings%2Fwebhooks')
  await stranger.context().close()
})

test('without JavaScript the webhooks still stand there', async () => {
  const eva = await Person.register(world, 'Eva')
  await eva.call('POST', '/api/webhooks', { url: 'https://example.com/whatsapp', events: ['message:status'] })
  const page = await visit(browser, world, { person: eva, javaScriptEnabled: false, locale: 'es-EC' })
  await page.goto('/settings/webhooks')
  await card(page, 'https://example.com/whatsapp').getByText('Todas las tuyas').waitFor()
  await card(page, 'https://example.com/whatsapp').getByText('Activo').waitFor()
  await page.context().close()
})

const LOOKS = [
  { name: 'light', colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  { name: 'dark', colorScheme: 'dark', viewport: { width: 1280, height: 800 } },
  { name: 'light on a phone', colorScheme: 'light', viewport: { width: 390, height: 844 } },
  { name: 'dark on a phone', colorScheme: 'dark', viewport: { width: 390, height: 844 }, locale: 'es-EC' },
]
for (const { name, ...look } of LOOKS) {
  test(`webhooks and their dialogs break no rule of accessibility: ${name}`, async () => {
    const receiver = await Receiver.start()
    const eva = await Person.register(world, 'Eva')
    const account = await eva.call('POST', '/api/accounts', { label: 'Sales' })
    const page = await open(eva, look)
    const picture = async what => {
      await expectAccessible(page, `${what}, ${name}`)
      await expectFits(page, `${what}, ${name}`)
      const folder = process.env.SCREENSHOTS
      if (folder) await page.screenshot({ path: `${folder}/webhooks ${what}, ${name}.png`, fullPage: what === 'list' })
    }
    await picture('empty')
    const make = wish => eva.call('POST', '/api/webhooks', wish)
    await make({ url: 'https://crm.example.com/hooks/whatsapp/incoming', enabled: false })
    const wish = { label: 'Order bot', events: ['message:received', 'message:status'], replies: true, account_ids: [account.id] }
    await make({ url: receiver.url, ...wish, headers: { authorization: 'Bearer x' }, events: ['account:renamed'] })
    await eva.call('PATCH', `/api/accounts/${account.id}`, { label: 'Sales · Quito' })
    await eventually('it arrives', () => receiver.got.length)
    receiver.answer = () => [500, '<html><title>Internal Server Error</title></html>']
    await make({ url: receiver.url.replace('/hook', '/shop'), label: 'Shop' })
    await eva.call('PATCH', `/api/accounts/${account.id}`, { label: 'Sales' })
    await page.reload()
    await page.locator('#add-webhook:enabled').waitFor()
    await card(page, 'Shop').locator('.pill.waiting').waitFor()
    await picture('list')

    const dialog = page.getByRole('dialog')
    const away = async () => {
      await page.keyboard.press('Escape')
      await closed(page)
    }
    await card(page, 'Order bot').locator('summary').click()
    await picture('menu')
    await card(page, 'Order bot').locator('.menu-item').first().click()
    await dialog.locator('#url').waitFor()
    await picture('edit')
    await dialog.locator('form').evaluate(form => form.parentElement.parentElement.scrollTo(0, 1e6))
    await picture('edit, the end')
    await dialog.locator('#url').fill('')
    await dialog.locator('button.primary').click()
    await dialog.locator('#url[aria-invalid]').waitFor()
    await picture('edit, wrong')
    await away()
    await card(page, 'Shop').locator('.acts > button').click()
    await dialog.locator('.button.primary').click()
    await dialog.locator('.test-outcome .callout').waitFor()
    await dialog.locator('summary').first().waitFor()
    await dialog.locator('summary').nth(1).click()
    await picture('deliveries')
    await away()
    for (const [n, what] of [[1, 'again'], [2, 'secret'], [4, 'remove']]) {
      await card(page, 'Order bot').locator('summary').click()
      await card(page, 'Order bot').locator('.menu-item').nth(n).click()
      await dialog.waitFor()
      if (what === 'again') await dialog.locator('[type=radio]').nth(1).check()
      await picture(what)
      if (what === 'secret') {
        await dialog.locator('button.primary').click()
        await dialog.locator('.secret').waitFor()
        await picture('made')
      }
      await away()
    }
    await page.context().close()
    receiver.stop()
  })
}
