// The REST API and the simulator's, as programs use them.
import assert from 'node:assert/strict'

export const PASSWORD = 'correct horse battery'

/** A person with a cookie, without a browser. */
export class Person {
  static async register(world, name) {
    const person = new Person(world)
    person.email = `${name.toLowerCase().replaceAll(' ', '.')}.${crypto.randomUUID().slice(0, 8)}@example.com`
    const response = await person.fetch('POST', '/api/auth/register', { email: person.email, password: PASSWORD, name })
    assert.equal(response.status, 201, await response.clone().text())
    person.cookie = response.headers.getSetCookie().map(cookie => cookie.split(';')[0]).join('; ')
    return person
  }

  constructor(world) {
    this.world = world
  }

  fetch(method, path, body, headers = {}) {
    return fetch(this.world.url + path, {
      method,
      headers: {
        origin: this.world.url,
        ...(this.cookie && { cookie: this.cookie }),
        ...(body && { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body && JSON.stringify(body),
    })
  }

  async call(method, path, body) {
    const response = await this.fetch(method, path, body)
    const text = await response.text()
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`)
    return text && JSON.parse(text)
  }

  /** The cookie as Playwright wants it. */
  get browserCookie() {
    const [name, ...value] = this.cookie.split('=')
    return { name, value: value.join('='), url: this.world.url }
  }
}

/** A simulated person's phone. */
export class Phone {
  static async create(world, number, name) {
    const phone = new Phone(world, number)
    await phone.call('POST', '/phones', { phone_number: number, name })
    return phone
  }

  constructor(world, number) {
    this.world = world
    this.number = number
  }

  async call(method, path, body) {
    const response = await fetch(this.world.phones + path, {
      method,
      headers: body && { 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
    })
    const text = await response.text()
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`)
    return text && JSON.parse(text)
  }

  get #path() {
    return `/phones/${encodeURIComponent(this.number)}`
  }

  scan(qr) {
    return this.call('POST', `${this.#path}/scan`, { qr })
  }

  /** Types in a pairing code. */
  pair(code) {
    return this.call('POST', `${this.#path}/pair`, { code })
  }

  /** A trouble at WhatsApp for this number. */
  fault(kind, options = {}) {
    return this.call('POST', '/faults', { number: this.number, kind, ...options })
  }

  messages() {
    return this.call('GET', `${this.#path}/messages`)
  }

  async unlinkAll() {
    const { devices } = await this.call('GET', this.#path)
    for (const device of devices) await this.call('DELETE', `${this.#path}/devices/${device.id ?? device}`)
    return devices.length
  }
}

/** Asks again until it holds; fails with the last answer. */
export async function eventually(what, ask, within = 20_000) {
  const end = Date.now() + within
  let last
  for (;;) {
    try {
      last = await ask()
      if (last) return last
    } catch (error) {
      last = error
    }
    if (Date.now() > end) throw new Error(`${what} did not happen within ${within} ms`, { cause: last })
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

/** Links a new account of the person to the phone, over REST alone. */
export async function linkedAccount(person, phone, label) {
  const account = await person.call('POST', '/api/accounts', { label })
  const path = `/api/accounts/${account.id}`
  await person.call('POST', `${path}/session`, {})
  const { qr } = await eventually('a QR', async () => {
    const response = await person.fetch('GET', `${path}/session/qr`, undefined, { accept: 'application/json' })
    return response.ok && response.json()
  })
  await phone.scan(qr)
  return eventually('ready', async () => {
    const now = await person.call('GET', path)
    return now.status === 'ready' && now
  })
}
