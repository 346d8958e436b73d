// The sockets, with the official client.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { io } from 'socket.io-client'
import { Person, Phone, eventually, linkedAccount } from './support/clients.mjs'
import { World } from './support/processes.mjs'

let world, ana, bob, phone, account
const opened = []
before(async () => {
  world = await World.start()
  ana = await Person.register(world, 'Ana')
  bob = await Person.register(world, 'Bob')
  phone = await Phone.create(world, '+593987654321', 'Ana')
  account = await linkedAccount(ana, phone, 'Store')
})
after(async () => {
  for (const socket of opened) socket.disconnect()
  await world?.stop()
})

/** A socket and everything that it heard. */
function open({ person, auth, origin = world.url, transports = ['websocket'] }) {
  const socket = io(world.url, {
    forceNew: true,
    reconnection: false,
    transports,
    auth,
    extraHeaders: { ...(origin && { origin }), ...(person && { cookie: person.cookie }) },
  })
  socket.heard = []
  socket.onAny((name, payload) => socket.heard.push({ name, payload }))
  opened.push(socket)
  return socket
}

function connected(socket) {
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(socket))
    socket.once('connect_error', reject)
  })
}

async function refusal(socket) {
  const error = await connected(socket).then(
    () => assert.fail('it was let in'),
    refused => refused,
  )
  return error.message
}

const command = (socket, name, payload) => socket.timeout(10_000).emitWithAck(name, payload)
const heard = (socket, what, test) => eventually(what, () => socket.heard.find(test))

async function apiKey(person, scopes, account_ids) {
  const { key } = await person.call('POST', '/api/keys', { name: 'jobs', scopes, ...(account_ids && { account_ids }) })
  return key
}

test('the cookie of a person lets a page in, over WebSocket and over polling', async () => {
  for (const transports of [['websocket'], ['polling']]) {
    const socket = await connected(open({ person: ana, transports }))
    assert.ok(socket.connected)
  }
})

test('an API key lets a program in, without a cookie and without an origin', async () => {
  const token = await apiKey(ana, ['read'])
  await connected(open({ auth: { token }, origin: null }))
})

test('nobody else is let in', async () => {
  assert.equal(await refusal(open({})), 'not_signed_in')
  assert.equal(await refusal(open({ auth: { token: 'whk_made-up' } })), 'invalid_key')
  const key = await ana.call('POST', '/api/keys', { name: 'soon revoked', scopes: ['read'] })
  await ana.call('DELETE', `/api/keys/${key.id}`)
  assert.equal(await refusal(open({ auth: { token: key.key } })), 'invalid_key')
})

test('whoever signs out, or has a key revoked, is cut off at once, and nobody else is', async () => {
  const guest = await Person.register(world, 'Guest')
  const { id, key: token } = await guest.call('POST', '/api/keys', { name: 'short', scopes: ['read'] })
  const program = await connected(open({ auth: { token }, origin: null }))
  const page = await connected(open({ person: guest }))
  const other = await connected(open({ person: ana }))
  const closed = socket => new Promise(resolve => socket.once('disconnect', resolve))

  const cutOff = closed(program)
  await guest.call('DELETE', `/api/keys/${id}`)
  assert.equal(await cutOff, 'io server disconnect')
  assert.ok(page.connected)

  const signedOut = closed(page)
  await guest.call('POST', '/api/auth/logout')
  assert.equal(await signedOut, 'io server disconnect')
  assert.ok(other.connected)
})

test('a key that expires while it is connected is cut off, and says so from then on', async () => {
  const expires_at = new Date(Date.now() + 3_000).toISOString()
  const { key: token } = await ana.call('POST', '/api/keys', { name: 'brief', scopes: ['read'], expires_at })
  const program = await connected(open({ auth: { token }, origin: null }))
  const why = await new Promise(resolve => program.once('disconnect', resolve))
  assert.equal(why, 'io server disconnect')
  assert.ok(Date.now() >= Date.parse(expires_at), 'not before its time')
  assert.equal(await refusal(open({ auth: { token } })), 'key_expired')
})

test('a page of another site is refused although it has the cookie', async () => {
  for (const origin of ['https://evil.example', `${world.url}.evil.example`, 'null']) {
    assert.equal(await refusal(open({ person: ana, origin })), 'origin_not_allowed', origin)
  }
})

test('a number in whatsapp:create asks for a code that its phone takes', async () => {
  const socket = await connected(open({ person: ana }))
  const other = await Phone.create(world, '+593987001122', 'Carla')
  const { id } = await ana.call('POST', '/api/accounts', { label: 'By code' })

  const refused = await command(socket, 'whatsapp:create', { accountId: id, phoneNumber: 'not a number' })
  assert.equal(refused.ok, false)
  assert.equal(refused.error.code, 'invalid_input')
  assert.equal(refused.error.details.field, 'phone_number')

  const answer = await command(socket, 'whatsapp:create', { accountId: id, phoneNumber: other.number })
  assert.equal(answer.ok, true, JSON.stringify(answer))
  assert.match(answer.code, /^[0-9A-Z]{8}$/)
  assert.ok(Date.parse(answer.expiresAt) > Date.now(), answer.expiresAt)
  const told = await heard(socket, 'the code', e => e.name === 'whatsapp:pair_code' && e.payload.accountId === id)
  assert.equal(told.payload.code, answer.code)
  assert.equal(told.payload.sessionId, answer.sessionId)

  await other.pair(answer.code)
  const ready = await heard(socket, 'ready', e => e.name === 'whatsapp:ready' && e.payload.accountId === id)
  assert.equal(ready.payload.phoneNumber, other.number)
})

test('linking tells its story in numbered events with the fields of the contract', async () => {
  const socket = await connected(open({ person: ana }))
  const other = await Phone.create(world, '+593991203344', 'Bruno')
  const { id } = await ana.call('POST', '/api/accounts', { label: 'Told' })

  const answer = await command(socket, 'whatsapp:create', { accountId: id })
  assert.equal(answer.ok, true)
  assert.match(answer.sessionId, new RegExp(`^user_.+_wa_${id}$`))
  const qr = await heard(socket, 'a QR', e => e.name === 'whatsapp:qr' && e.payload.accountId === id)
  assert.equal(qr.payload.sessionId, answer.sessionId)
  assert.ok(Date.parse(qr.payload.expiresAt) > Date.now(), qr.payload.expiresAt)
  await other.scan(qr.payload.qr)
  const ready = await heard(socket, 'ready', e => e.name === 'whatsapp:ready' && e.payload.accountId === id)
  assert.equal(ready.payload.phoneNumber, '+593991203344')
  assert.equal(ready.payload.sessionId, answer.sessionId)

  await other.unlinkAll()
  const gone = await heard(socket, 'the end', e => e.name === 'whatsapp:disconnected' && e.payload.accountId === id)
  assert.equal(gone.payload.reason, 'phone_unlinked')
  await heard(socket, 'logged out', e => e.name === 'whatsapp:status' && e.payload.accountId === id && e.payload.status === 'logged_out')

  const own = socket.heard.filter(e => e.payload.accountId === id)
  own.forEach(({ payload: { seq } }, n) => n && assert.equal(seq, own[n - 1].payload.seq + 1, 'numbers have no gaps'))
  for (const { name, payload } of own) {
    assert.equal(payload.accountId, id)
    if (name === 'whatsapp:status') {
      for (const field of ['sessionId', 'status', 'reason', 'since']) assert.ok(field in payload, field)
    }
  }

  // The ledger has the same story, without the secret of the code.
  const since = await command(socket, 'events:since', { accountId: id, after: own[0].payload.seq - 1 })
  assert.equal(since.ok, true)
  assert.deepEqual(since.events.map(e => [e.seq, e.type]), own.map(e => [e.payload.seq, e.name]))
  assert.equal(since.complete, true)
  assert.equal(since.newest, since.events.at(-1).seq)
  assert.ok(!JSON.stringify(since.events).includes(qr.payload.qr), 'the code is not kept')
})

test('a message reports every step it makes', async () => {
  const socket = await connected(open({ person: ana }))
  const message = await ana.call('POST', '/api/messages', { account_id: account.id, to: '+593987654321', type: 'text', text: 'to myself' })
  const step = status => e => e.name === 'message:status' && e.payload.messageId === message.id && e.payload.status === status
  for (const status of ['queued', 'sending', 'sent']) {
    const { payload } = await heard(socket, status, step(status))
    assert.equal(payload.whatsappMessageId, message.whatsapp_message_id)
    assert.equal(payload.sessionId, account.session_id)
    assert.ok(Date.parse(payload.at))
  }
})

test("another person's account is silent and cannot be commanded", async () => {
  const hers = await connected(open({ person: ana }))
  const his = await connected(open({ person: bob }))
  for (const [name, payload] of [
    ['whatsapp:create', { accountId: account.id }],
    ['whatsapp:destroy', { sessionId: account.session_id }],
    ['events:since', { accountId: account.id, after: 0 }],
  ]) {
    const answer = await command(his, name, payload)
    assert.equal(answer.ok, false, name)
    assert.equal(answer.error.code, 'account_not_found', name)
  }
  await ana.call('PATCH', `/api/accounts/${account.id}`, { label: 'Renamed' })
  await heard(hers, 'the new name', e => e.name === 'account:renamed' && e.payload.label === 'Renamed')
  // His own event comes after hers was sent, and only his.
  await bob.call('POST', '/api/accounts', { label: 'His' })
  await heard(his, 'his own account', e => e.name === 'account:created')
  assert.deepEqual(his.heard.filter(e => e.payload.accountId === account.id), [])
  assert.equal((await ana.call('GET', `/api/accounts/${account.id}`)).status, 'ready')
})

test('a key that is limited to one account hears of no other and commands what its scopes say', async () => {
  const { id } = await ana.call('POST', '/api/accounts', { label: 'Not for the key' })
  const token = await apiKey(ana, ['read'], [account.id])
  const socket = await connected(open({ auth: { token }, origin: null }))
  const scope = await command(socket, 'whatsapp:create', { accountId: account.id })
  assert.equal(scope.error.code, 'scope_missing')
  const hidden = await command(socket, 'events:since', { accountId: id, after: 0 })
  assert.equal(hidden.error.code, 'account_not_found')

  await ana.call('PATCH', `/api/accounts/${id}`, { label: 'Still not' })
  await ana.call('PATCH', `/api/accounts/${account.id}`, { label: 'For the key' })
  await heard(socket, 'its own account', e => e.name === 'account:renamed' && e.payload.accountId === account.id)
  assert.deepEqual(socket.heard.filter(e => e.payload.accountId === id), [])
})

test('what is no command is answered with what is wrong', async () => {
  const socket = await connected(open({ person: ana }))
  for (const payload of [null, {}, { accountId: 'no-id' }, 'text', 7]) {
    const answer = await command(socket, 'whatsapp:create', payload)
    assert.equal(answer.ok, false)
    assert.equal(answer.error.code, 'invalid_input', JSON.stringify(payload))
  }
})
