import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import jsqr from 'jsqr'
import { chromium } from 'playwright-core'
import { PNG } from 'pngjs'

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const WAIT_MS = 20_000

export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM_BIN ?? '/usr/bin/chromium', args: FLAGS })
}

/** A browser profile of its own, signed in as the person if one is given. */
export async function visit(browser, world, { person, ...options } = {}) {
  const context = await browser.newContext({ baseURL: world.url, locale: 'en-US', ...options })
  context.setDefaultTimeout(WAIT_MS)
  if (person) await context.addCookies([person.browserCookie])
  const page = await context.newPage()
  page.problems = []
  page.on('pageerror', error => page.problems.push(error.message))
  page.on('console', message => message.type() === 'error' && page.problems.push(`${message.text()} ${message.location().url}`))
  return page
}

/** The page of connections, acting. */
export async function openConnections(page) {
  await page.goto('/settings/connections')
  await page.locator('#connect:enabled').waitFor()
  return page
}

/** What a camera reads from the picture of a code on the screen. */
export async function scanFromScreen(page, within = page) {
  const code = within.locator('.qr:not(.over) .qr-code')
  await code.waitFor()
  await code.scrollIntoViewIfNeeded()
  const box = await code.boundingBox()
  assert.ok(box.width >= 216, `the code is ${box.width} px wide`)
  const picture = PNG.sync.read(await page.screenshot({ clip: box }))
  const found = jsqr(new Uint8ClampedArray(picture.data), picture.width, picture.height)
  assert.ok(found, 'no QR is readable on the screen')
  return found.data
}

/**
 * Lets a test put events between the server and the page, as if the server had
 * sent them. `commands` are those that the page has sent.
 */
export async function listenIn(page) {
  const line = { commands: [], heard: [] }
  await page.routeWebSocket(/socket\.io/, socket => {
    const server = socket.connectToServer()
    line.tell = (name, payload) => socket.send(`42${JSON.stringify([name, payload])}`)
    socket.onMessage(frame => {
      if (`${frame}`.includes('whatsapp:')) line.commands.push(`${frame}`)
      server.send(frame)
    })
    server.onMessage(frame => {
      line.heard.push(`${frame}`)
      socket.send(frame)
    })
  })
  /** The number of an event that follows all that were heard of the account. */
  line.next = accountId => {
    const own = line.heard.filter(frame => frame.includes(accountId)).join()
    line.told = Math.max(line.told ?? 0, ...[...own.matchAll(/"seq":(\d+)/g)].map(([, seq]) => +seq)) + 1
    return line.told
  }
  return line
}

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
const axeSource = await readFile(axePath, 'utf8')

/** Waits until nothing fades or moves; countdowns always do. */
export function settled(page) {
  return page.waitForFunction(() => document.getAnimations().every(animation =>
    animation.playState !== 'running' ||
    animation.transitionProperty === 'stroke-dashoffset' ||
    animation.effect.getComputedTiming().endTime === Infinity))
}

/** Fails with every rule that the page breaks, and where. */
export async function expectAccessible(page, what) {
  // A colour that is still on its way to another has the contrast of neither.
  await settled(page)
  // Evaluated by the debugger, so the page's policy against scripts holds.
  await page.evaluate(axeSource)
  const broken = await page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    })
    return violations.map(rule => `${rule.id}: ${rule.help} (${rule.nodes.map(node => `${node.html} ${node.any.map(check => check.message).join(' ')}`).join(' | ')})`)
  })
  assert.deepEqual(broken, [], what)
}

/** Everything that can be pressed is large enough, and nothing sticks out. */
export async function expectFits(page, what) {
  const open = await page.locator('dialog[open]').count()
  const within = open ? page.locator('dialog[open]') : page
  const small = await within.locator('button:visible, summary:visible, a.button:visible, select:visible, label.option:visible').evaluateAll(all =>
    all
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
