import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { expectAccessible, launch, openConnections, visit } from './support/browser.mjs'
import { Person, Phone, linkedAccount } from './support/clients.mjs'
import { World } from './support/processes.mjs'

const LOOKS = [
  { name: 'light', colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  { name: 'dark', colorScheme: 'dark', viewport: { width: 1280, height: 800 } },
  { name: 'light on a phone', colorScheme: 'light', viewport: { width: 390, height: 844 } },
  { name: 'dark on a phone', colorScheme: 'dark', viewport: { width: 390, height: 844 } },
]

let world, browser, ana
before(async () => {
  world = await World.start()
  browser = await launch()
  ana = await Person.register(world, 'Ana')
  const phone = await Phone.create(world, '+593987654321', 'Ana')
  const unlinked = await Phone.create(world, '+593965550101', 'Rita')
  await linkedAccount(ana, phone, 'Store')
  await linkedAccount(ana, unlinked, 'Reminders')
  await unlinked.unlinkAll()
  await ana.call('POST', '/api/accounts', { label: 'New shop' })
})
after(async () => {
  await browser?.close()
  await world?.stop()
})

for (const { name, ...look } of LOOKS) {
  test(`signing in and up break no rule of accessibility: ${name}`, async () => {
    const page = await visit(browser, world, look)
    for (const path of ['/login', '/register', '/nothing-here']) {
      await page.goto(path)
      await expectAccessible(page, `${path}, ${name}`)
    }
    await page.goto('/login')
    await page.getByLabel('E-mail').fill('nobody@example.com')
    await page.getByLabel('Password').fill('wrong password')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('The e-mail or the password is wrong.').waitFor()
    await expectAccessible(page, `a refused sign-in, ${name}`)
    await page.context().close()
  })

  test(`connections and their dialogs break no rule of accessibility: ${name}`, async () => {
    const page = await openConnections(await visit(browser, world, { person: ana, ...look }))
    await page.getByText('Unlinked on the phone').waitFor()
    await expectAccessible(page, `connections, ${name}`)

    const dialog = page.getByRole('dialog')
    const card = label => page.getByRole('listitem').filter({ hasText: label })
    const close = async () => {
      await page.keyboard.press('Escape')
      await dialog.waitFor({ state: 'hidden' })
    }

    await card('New shop').getByRole('button', { name: /Show QR/ }).click()
    await dialog.locator('.qr-code').waitFor()
    await expectAccessible(page, `the code, ${name}`)
    await dialog.getByRole('button', { name: 'Phone number' }).click()
    await dialog.getByLabel('Phone number').waitFor()
    await expectAccessible(page, `the number, ${name}`)
    await close()

    await page.getByRole('button', { name: 'Link several' }).click()
    await dialog.locator('.qr-code').waitFor()
    await expectAccessible(page, `several codes, ${name}`)
    await expectFits(page, `several codes, ${name}`)
    await close()

    await card('Store').getByLabel('More for Store').click()
    await card('Store').getByRole('button', { name: 'Activity' }).click()
    await dialog.locator('.timeline li').first().waitFor()
    await expectAccessible(page, `activity, ${name}`)
    await expectFits(page, `activity, ${name}`)
    await close()

    await card('Store').getByRole('button', { name: /Open/ }).click()
    await dialog.getByRole('heading', { name: 'Connected' }).waitFor()
    await expectAccessible(page, `a ready account, ${name}`)
    await close()

    for (const [act, heading] of [['Rename', 'Rename the connection'], ['Disconnect', 'Disconnect Store?'], ['Remove', 'Remove Store?']]) {
      await card('Store').getByLabel('More for Store').click()
      await expectAccessible(page, `an open menu, ${name}`)
      await card('Store').getByRole('button', { name: act }).click()
      await dialog.getByRole('heading', { name: heading }).waitFor()
      await expectAccessible(page, `${heading}, ${name}`)
      await close()
    }

    await expectFits(page, `connections, ${name}`)
    await page.context().close()
  })
}

/** Everything that can be pressed is large enough, and nothing sticks out. */
async function expectFits(page, what) {
  const open = await page.locator('dialog[open]').count()
  const within = open ? page.locator('dialog[open]') : page
  const small = await within.locator('button:visible, summary:visible, a:visible, input:visible').evaluateAll(all =>
    all
      .filter(element => !element.classList.contains('skip'))
      .map(element => ({ html: element.outerHTML.slice(0, 90), box: element.getBoundingClientRect() }))
      .filter(({ box }) => box.height < 44 || box.width < 44)
      .map(({ html, box }) => `${Math.round(box.width)}×${Math.round(box.height)} ${html}`),
  )
  assert.deepEqual(small, [], `targets smaller than 44 px: ${what}`)
  const wider = await page.evaluate(() => {
    const box = document.querySelector('dialog[open]') ?? document.documentElement
    return box.scrollWidth - Math.min(box.clientWidth || innerWidth, innerWidth)
  })
  assert.ok(wider <= 0, `${what} is ${wider} px wider than its place`)
}
