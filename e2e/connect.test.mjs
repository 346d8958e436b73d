import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, scanFromScreen, visit } from './support/browser.mjs'
import { PASSWORD, Phone, eventually } from './support/clients.mjs'
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

test('a person registers, scans the code on the screen, sends a test and sees the phone unlink', async () => {
  const phone = await Phone.create(world, '+593987654321', 'Ana')
  const page = await visit(browser, world)

  // Nobody is here yet: the first visit leads to the first account.
  await page.goto('/')
  await page.getByRole('heading', { name: 'Create the first account' }).waitFor()
  await page.getByLabel('Your name').fill('Ana Morales')
  await page.getByLabel('E-mail').fill('ana@example.com')
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Create account' }).click()

  await page.waitForURL('**/settings/connections')
  await page.getByRole('heading', { name: 'Connect your first WhatsApp' }).waitFor()
  await page.getByRole('button', { name: 'Connect WhatsApp' }).click()

  const dialog = page.getByRole('dialog')
  await dialog.getByText('New code in').waitFor()
  const qr = await scanFromScreen(page)
  assert.equal(qr.split(',').length, 5, 'the code has the five parts that WhatsApp expects')
  await phone.scan(qr)

  await dialog.getByRole('heading', { name: 'Connected' }).waitFor()
  await dialog.getByText('+593 98 765 4321').waitFor()
  await dialog.getByRole('button', { name: 'Send yourself a test' }).click()
  await dialog.getByText(/^(Sent|Delivered|Read)$/).waitFor()
  const received = await eventually('the message on the phone', async () =>
    (await phone.messages()).find(message => message.text?.includes('Hello from WhaHook')),
  )
  assert.equal(received.type, 'text')

  await dialog.getByRole('button', { name: 'Done' }).click()
  await dialog.waitFor({ state: 'hidden' })
  const card = page.getByRole('listitem').filter({ hasText: 'WhatsApp 1' })
  await card.getByText('Connected', { exact: true }).waitFor()
  await page.getByText('1 of 1').waitFor()

  assert.equal(await phone.unlinkAll(), 1)
  await card.getByText('Unlinked on the phone').waitFor()
  await card.getByText('Link it again with a new QR').waitFor()
  await card.getByRole('button', { name: 'Link again' }).waitFor()
  assert.deepEqual(page.problems, [])
})

test('a second tab follows everything that happens in the first', async () => {
  const phone = await Phone.create(world, '+593991203344', 'Bruno')
  const first = await visit(browser, world)
  await first.goto('/register')
  await first.getByLabel('Your name').fill('Bruno')
  await first.getByLabel('E-mail').fill('bruno@example.com')
  await first.getByLabel('Password').fill(PASSWORD)
  await first.getByRole('button', { name: 'Create account' }).click()
  await first.locator('#connect:enabled').waitFor()

  const second = await first.context().newPage()
  await second.goto('/settings/connections')
  await second.locator('#connect:enabled').waitFor()

  await first.getByRole('button', { name: 'Connect WhatsApp' }).click()
  const card = second.getByRole('listitem').filter({ hasText: 'WhatsApp 1' })
  await card.getByText('Waiting for the scan').waitFor()
  await card.getByRole('button', { name: 'Show QR' }).click()
  await phone.scan(await scanFromScreen(second))
  for (const page of [first, second]) {
    await page.getByRole('dialog').getByRole('heading', { name: 'Connected' }).waitFor()
    await page.keyboard.press('Escape')
  }

  // Renamed in one, seen in the other.
  await first.bringToFront()
  const own = first.getByRole('listitem').filter({ hasText: 'WhatsApp 1' })
  await own.getByLabel('More for WhatsApp 1').click()
  await own.getByRole('button', { name: 'Rename' }).click()
  await first.getByLabel('Name of this connection').fill('Support')
  await first.getByRole('button', { name: 'Save' }).click()
  await second.getByRole('heading', { name: 'Support' }).waitFor()

  // Disconnected with a confirmation, then removed with one.
  const renamed = first.getByRole('listitem').filter({ hasText: 'Support' })
  await renamed.getByLabel('More for Support').click()
  await renamed.getByRole('button', { name: 'Disconnect' }).click()
  await first.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click()
  const gone = second.getByRole('listitem').filter({ hasText: 'Support' })
  await gone.getByText(/Not connected|Unlinked/).first().waitFor()

  await renamed.getByLabel('More for Support').click()
  await renamed.getByRole('button', { name: 'Remove' }).click()
  await first.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await second.getByRole('heading', { name: 'Connect your first WhatsApp' }).waitFor()
  // The focus is not lost with the card that had it.
  await first.locator('#connect:focus').waitFor()
  assert.deepEqual(first.problems, [])
})
