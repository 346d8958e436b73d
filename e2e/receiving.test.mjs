import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { expectAccessible, expectFits, launch, openConnections, scanFromScreen, visit } from './support/browser.mjs'
import { Person, Phone } from './support/clients.mjs'
import { writes } from './support/inbox.mjs'
import { World } from './support/processes.mjs'

let world, browser, ana
before(async () => {
  world = await World.start()
  browser = await launch()
  ana = await Person.register(world, 'Ana')
})
after(async () => {
  await browser?.close()
  await world?.stop()
})

test('earlier messages are chosen before scanning, and the card tells what came', async () => {
  const phone = await Phone.create(world, '+593987654321', 'Ana')
  const bruno = await Phone.create(world, '+593991203344', 'Bruno')
  for (let n = 0; n < 3; n += 1) {
    await writes(bruno, `Before ${n}`)
  }
  const page = await openConnections(await visit(browser, world, { person: ana }))
  await page.getByRole('button', { name: 'Connect WhatsApp' }).click()
  await page.getByRole('dialog').getByRole('link', { name: /Choose what it receives/ }).click()

  await page.getByRole('heading', { name: 'What WhatsApp 1 receives' }).waitFor()
  await page.locator('#save:enabled').waitFor()
  await expectAccessible(page, 'what an account receives')
  await expectFits(page, 'what an account receives')
  await page.getByLabel('Of the last … days').fill('5000')
  await page.keyboard.press('Enter')
  await page.getByText('Type a whole number from 0 to 3650.').waitFor()
  await page.getByLabel('Of the last … days').fill('30')
  await page.getByLabel('Files that are fetched').selectOption({ label: 'None' })
  await page.getByLabel('Largest file').fill('5')
  await page.getByLabel('Status updates').check()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByRole('status').filter({ hasText: 'Saved.' }).waitFor()
  const [{ id }] = (await ana.call('GET', '/api/accounts')).items
  const kept = await ana.call('GET', `/api/accounts/${id}/receiving`)
  assert.equal(kept.history_days, 30)
  assert.equal(kept.history_messages, null)
  assert.equal(kept.media_download, 'none')
  assert.equal(kept.media_max_bytes, 5 * 1024 * 1024)
  assert.equal(kept.statuses, true)

  await page.getByRole('link', { name: 'Go to your connections' }).click()
  const card = page.getByRole('listitem').filter({ hasText: 'WhatsApp 1' })
  await page.locator('#connect:enabled').waitFor()
  await card.getByRole('button', { name: /Show QR/ }).click()
  await phone.scan(await scanFromScreen(page))
  await page.getByRole('dialog').getByRole('heading', { name: 'Connected' }).waitFor()
  await page.keyboard.press('Escape')
  await card.getByRole('status').filter({ hasText: 'Earlier messages: 100 %, 3 taken' }).waitFor()
  await card.getByRole('button', { name: /Open/ }).click()
  await page.getByRole('dialog').getByRole('link', { name: /Choose what it receives/ }).click()
  await page.getByText('Taken when the phone was linked: 3.').waitFor()
  assert.equal(await page.getByLabel('Of the last … days').inputValue(), '30')
  assert.deepEqual(page.problems, [])
})
