import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { expectAccessible, launch, openConnections, scanFromScreen, visit } from './support/browser.mjs'
import { Person, Phone, eventually, linkedAccount } from './support/clients.mjs'
import { World } from './support/processes.mjs'

let world, browser
before(async () => {
  world = await World.start()
  browser = await launch()
})
after(async () => {
  await browser?.close()
  await world?.stop()
})

const shownCode = async dialog => (await dialog.locator('.letters b').allInnerTexts()).join('')

test('a person without a camera types the code that the page shows', async () => {
  const ana = await Person.register(world, 'Ana')
  const phone = await Phone.create(world, '+593987654321', 'Ana')
  const page = await openConnections(await visit(browser, world, { person: ana, permissions: ['clipboard-read', 'clipboard-write'] }))
  await page.getByRole('button', { name: 'Connect WhatsApp' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Phone number' }).click()
  const number = dialog.getByLabel('Phone number')
  assert.ok(await number.evaluate(input => input === document.activeElement), 'the field has the focus')

  // What cannot be a number is said at once, without asking anybody.
  for (const wrong of ['', '0987654321', 'my phone']) {
    await number.fill(wrong)
    await page.keyboard.press('Enter')
    await dialog.getByRole('alert').getByText('not a whole phone number').waitFor()
    assert.equal(await number.getAttribute('aria-invalid'), 'true')
  }
  await expectAccessible(page, 'a wrong number')

  await number.fill('+593 98 765-4321')
  await page.keyboard.press('Enter')
  await dialog.locator('.letters').waitFor()
  const groups = await dialog.locator('.letters b').allInnerTexts()
  assert.deepEqual(groups.map(group => group.length), [4, 4], `two groups of four: ${groups}`)
  await dialog.getByText(/Good for [123]:\d\d more/).waitFor()
  assert.ok(await dialog.evaluate(it => it.contains(document.activeElement)), 'the focus stays in the dialog')
  await dialog.getByRole('status').getByText(`The code is ${[...groups.join('')].join(' ')}`).waitFor()
  await expectAccessible(page, 'a pairing code')

  await dialog.getByRole('button', { name: 'Copy the code' }).click()
  await dialog.getByRole('button', { name: 'Copied' }).waitFor()
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), groups.join(''))

  // Both ways are open at once.
  await dialog.getByRole('button', { name: 'QR code' }).click()
  await dialog.locator('.qr-code').waitFor()
  await dialog.getByRole('button', { name: 'Phone number' }).click()
  assert.equal(await shownCode(dialog), groups.join(''))

  await phone.pair(groups.join(''))
  await dialog.getByRole('heading', { name: 'Connected' }).waitFor()
  await dialog.getByText('+593 98 765 4321').waitFor()
  assert.deepEqual(page.problems, [])
})

test('a code that was asked for elsewhere is shown where a person looks', async () => {
  const ana = await Person.register(world, 'Bea')
  const phone = await Phone.create(world, '+593991112233', 'Bea')
  const page = await openConnections(await visit(browser, world, { person: ana }))
  await page.getByRole('button', { name: 'Connect WhatsApp' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.locator('.qr-code').waitFor()
  const { id } = (await ana.call('GET', '/api/accounts')).items[0]
  const { code } = await ana.call('POST', `/api/accounts/${id}/session/pair-code`, { phone_number: phone.number })
  await dialog.locator('.letters').waitFor()
  assert.equal(await shownCode(dialog), code.replace('-', ''))
  await phone.pair(code)
  await dialog.getByRole('heading', { name: 'Connected' }).waitFor()
})

test('a pairing code that ran out is taken away, and one click gets another', async () => {
  const ana = await Person.register(world, 'Carla')
  const page = await visit(browser, world, { person: ana })
  await page.clock.install()
  // WhatsApp's codes live for three minutes.
  const codes = [{ code: 'ABCD1234', lives: 180_000 }, { code: 'WXYZ5678', lives: 600_000 }]
  await page.route('**/session/pair-code', route => {
    const { code, lives } = codes.shift()
    return route.fulfill({ json: { code, expires_at: new Date(Date.now() + lives).toISOString() } })
  })
  await openConnections(page)
  await page.getByRole('button', { name: 'Connect WhatsApp' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.locator('.qr-code').waitFor()
  await dialog.getByRole('button', { name: 'Phone number' }).click()
  await dialog.getByLabel('Phone number').fill('+593987654321')
  await dialog.getByRole('button', { name: 'Get a code' }).click()
  await dialog.locator('.letters').waitFor()
  assert.equal(await shownCode(dialog), 'ABCD1234')
  await page.clock.fastForward('03:30')
  await dialog.getByText('This code has run out.').waitFor()
  assert.equal(await dialog.locator('.letters').count(), 0, 'nobody types a code that is over')
  await dialog.getByRole('button', { name: 'Get a new code' }).click()
  await dialog.locator('.letters').waitFor()
  assert.equal(await shownCode(dialog), 'WXYZ5678')
})

test('several codes are live at once, each for another phone', async () => {
  const ana = await Person.register(world, 'Dora')
  const phones = [
    await Phone.create(world, '+593981000001', 'One'),
    await Phone.create(world, '+593981000002', 'Two'),
  ]
  for (const label of ['Till', 'Office']) await ana.call('POST', '/api/accounts', { label })
  const page = await openConnections(await visit(browser, world, { person: ana, viewport: { width: 1280, height: 900 } }))
  await page.getByRole('button', { name: 'Link several' }).click()
  const dialog = page.getByRole('dialog')
  const tile = n => dialog.locator('.tile').nth(n)
  for (const n of [0, 1]) await tile(n).locator('.qr-code').waitFor()
  await expectAccessible(page, 'two codes')
  // A third one is a click away.
  await dialog.getByRole('button', { name: 'Add another' }).click()
  await tile(2).locator('.qr-code').waitFor()

  const codes = [await scanFromScreen(page, tile(0)), await scanFromScreen(page, tile(1))]
  assert.notEqual(codes[0], codes[1], 'each has its own code')
  await phones[1].scan(codes[1])
  await tile(1).locator('.seal.good').waitFor()
  await tile(1).getByText('+593 98 100 0002').waitFor()
  assert.equal(await tile(0).locator('.qr-code').count(), 1, 'the other code is still there')
  await phones[0].scan(await scanFromScreen(page, tile(0)))
  await tile(0).locator('.seal.good').waitFor()

  const linked = await eventually('both are ready under their own names', async () => {
    const { items } = await ana.call('GET', '/api/accounts')
    const ready = items.filter(account => account.status === 'ready')
    return ready.length === 2 && ready
  })
  assert.deepEqual(
    linked.map(account => [account.label, account.phone_number]).sort(),
    [['Office', phones[1].number], ['Till', phones[0].number]],
  )
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'hidden' })
  assert.equal(await page.evaluate(() => document.activeElement.id), 'several', 'the focus is where it was')
  assert.deepEqual(page.problems, [])
})

test('a limit that is reached is told with its number where the person stands', async t => {
  const small = await World.start({ MAX_SESSIONS_PER_USER: '1' })
  t.after(() => small.stop())
  const ana = await Person.register(small, 'Eva')
  const phone = await Phone.create(small, '+593987654321', 'Eva')
  await linkedAccount(ana, phone, 'Only one')
  const page = await openConnections(await visit(browser, small, { person: ana }))
  await page.getByRole('button', { name: 'Connect WhatsApp' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('alert').getByText('You can have 1 connection at once').waitFor()
  await expectAccessible(page, 'a limit')
  await page.keyboard.press('Escape')

  await page.getByRole('button', { name: 'Link several' }).click()
  await dialog.locator('.tile').getByText('You can have 1 connection at once').waitFor()
})
