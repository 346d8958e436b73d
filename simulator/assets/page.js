// The page of phones.

import { ask, phonePath } from './api.js'
import { fromPicture, fromStream } from './scan.js'
import { messageItem } from './message.js'
import { chatItem, deviceItem, fill, h, nothing, phoneItem } from './view.js'
import { apply, current, say, speak } from './words.js'

const find = id => document.getElementById(id)
const state = { phones: [], groups: [], messages: [], phone: null, chat: null }
const drawn = {}

const selected = () => state.phones.find(phone => phone.phone_number === state.phone)
const nameOf = number => state.phones.find(phone => phone.phone_number === number)?.name ?? number
const chatName = id => groupOf(id)?.subject ?? (id === 'status@broadcast' ? say('status') : nameOf(id))
const groupOf = id => state.groups.find(group => group.jid === id)
const chatOf = message => (message.from === state.phone || /@(g\.us|broadcast)$/.test(message.to) ? message.to : message.from)

// Drawing: each part only when what it shows has changed.

function part(name, data, draw) {
  const now = JSON.stringify([current(), data])
  if (drawn[name] === now) return
  drawn[name] = now
  draw()
}

function draw() {
  const phone = selected()
  find('nobody').hidden = state.phones.length > 0
  find('phone').hidden = !phone
  part('phones', [state.phones, state.phone], () => fill(find('phones'),
    state.phones.map(p => phoneItem(p, p.phone_number === state.phone, () => choosePhone(p.phone_number)))))
  if (!phone) return
  part('head', [phone.name, phone.phone_number, phone.lid], () => {
    find('phone-name').textContent = phone.name
    find('phone-numbers').textContent = `${phone.phone_number} · ${phone.lid}`
  })
  part('devices', phone.devices, () => fill(find('devices'), phone.devices.length
    ? phone.devices.map(device => deviceItem(device, () => unlink(device)))
    : [nothing(say('noDevices'))]))
  drawChats()
}

function chats() {
  const found = new Map()
  const empty = id => ({ id, unread: 0, detail: id })
  for (const group of state.groups) {
    const own = group.participants.some(member => member.phone_number === state.phone)
    if (own) found.set(group.jid, { ...empty(group.jid), detail: say('members', group.participants.length) })
  }
  for (const message of state.messages) {
    const id = chatOf(message)
    const chat = found.get(id) ?? empty(id)
    chat.last = message
    chat.unread += message.status === 'unread' ? 1 : 0
    found.delete(id)
    found.set(id, chat)
  }
  if (state.chat && !found.has(state.chat)) found.set(state.chat, empty(state.chat))
  return [...found.values()].reverse().map(chat => ({ ...chat, name: chatName(chat.id) }))
}

/** Who writes in the chat now; else what is known of the other side. */
function chatState(group) {
  const typing = selected().presence.typing.find(t => (group ? t.chat === state.chat : t.from === state.chat && t.chat === state.phone))
  if (typing) return `${group ? `${nameOf(typing.from)} ` : ''}${say(typing.state)}`
  if (group) return group.participants.map(member => member.name).join(', ')
  const peer = state.phones.find(phone => phone.phone_number === state.chat)
  return peer?.presence.available ? say('online') : state.chat
}

// Who reads the end of a chat goes on doing so when something comes, or a picture
// has loaded and takes its place.
let atEnd = true
const follow = () => { if (atEnd) find('messages').scrollTop = find('messages').scrollHeight }
find('messages').addEventListener('load', follow, true)
find('messages').addEventListener('scroll', ({ target }) => {
  atEnd = target.scrollHeight - target.scrollTop - target.clientHeight < 40
})

function drawChats() {
  const all = chats()
  part('chats', [all, state.chat], () => fill(find('chats'), all.length
    ? all.map(chat => chatItem(chat, chat.id === state.chat, () => chooseChat(chat.id)))
    : [h('li', { class: 'sub' }, say('noChats'))]))
  find('thread').hidden = !state.chat
  find('choose').hidden = Boolean(state.chat)
  if (!state.chat) return
  const own = state.phone
  const group = groupOf(state.chat)
  const words = chatState(group)
  part('state', words, () => { find('thread-state').textContent = words })
  const thread = state.messages.filter(message => chatOf(message) === state.chat)
  part('thread', [own, state.chat, thread], () => {
    const list = find('messages')
    find('thread-title').textContent = chatName(state.chat)
    // Reactions stand at the messages that they are for.
    const visible = thread.filter(message => message.type !== 'reaction')
    fill(list, visible.map(message => messageItem(message, own, nameOf, message.to.includes('@'))))
    if (thread.at(-1)?.from === own) atEnd = true
    follow()
  })
  if (thread.some(m => m.status === 'unread') && !document.hidden) {
    ask(phonePath(own, '/read'), 'POST', { from: state.chat }).catch(() => {})
  }
}

// Choosing

function choosePhone(number) {
  state.phone = number
  state.chat = null
  state.messages = []
  location.hash = number
  refresh()
}

function chooseChat(id) {
  state.chat = id
  atEnd = true
  drawChats()
  find('text').focus()
}

// News

let refreshing = false

async function refresh() {
  if (refreshing) return
  refreshing = true
  try {
    ;[state.phones, state.groups] = await Promise.all([ask('/phones'), ask('/groups')])
    if (!selected()) state.phone = state.phones[0]?.phone_number ?? null
    const number = state.phone
    const messages = number ? await ask(phonePath(number, '/messages')) : []
    if (number === state.phone) state.messages = messages
    find('notice').hidden = true
    draw()
  } catch (error) {
    if (!error.told) {
      find('notice').textContent = say('unreachable')
      find('notice').hidden = false
    }
  } finally {
    refreshing = false
  }
}

// Doing

const tell = error => {
  find('notice').textContent = error.message
  find('notice').hidden = false
}

find('write').addEventListener('submit', async event => {
  event.preventDefault()
  const input = find('text')
  const text = input.value.trim()
  if (!text) return
  input.value = ''
  typedAt = 0
  await ask(phonePath(state.phone, '/messages'), 'POST', { to: state.chat, text }).catch(error => {
    input.value = text
    tell(error)
  })
  refresh()
})

// The other side sees that somebody writes, as long as it is told now and then.
let typedAt = 0
find('text').addEventListener('input', () => {
  if (Date.now() - typedAt < 10_000) return
  typedAt = Date.now()
  ask(phonePath(state.phone, '/presence'), 'POST', { state: 'composing', to: state.chat }).catch(() => {})
})

find('file').addEventListener('change', async event => {
  const [file] = event.target.files
  event.target.value = ''
  if (!file) return
  const input = find('text')
  const form = new FormData()
  form.append('to', state.chat)
  if (input.value.trim()) form.append('caption', input.value.trim())
  form.append('file', file)
  await ask(phonePath(state.phone, '/messages'), 'POST', form).then(() => { input.value = '' }, tell)
  refresh()
})

find('new-phone').addEventListener('click', () => find('phone-dialog').showModal())
find('phone-form').addEventListener('submit', async event => {
  event.preventDefault()
  const number = find('number').value.replace(/[\s().-]/g, '')
  find('phone-error').textContent = ''
  try {
    const phone = await ask('/phones', 'POST', { phone_number: number, name: find('name').value })
    event.target.reset()
    find('phone-dialog').close()
    choosePhone(phone.phone_number)
  } catch (error) {
    find('phone-error').textContent = error.message
  }
})

find('new-chat').addEventListener('click', () => {
  const others = state.phones.filter(phone => phone.phone_number !== state.phone)
  find('peer').replaceChildren(...others.map(p => h('option', { value: p.phone_number }, `${p.name} · ${p.phone_number}`)))
  find('chat-dialog').showModal()
})
find('chat-form').addEventListener('submit', event => {
  event.preventDefault()
  find('chat-dialog').close()
  chooseChat(find('peer').value)
})

find('new-group').addEventListener('click', () => {
  const others = state.phones.filter(phone => phone.phone_number !== state.phone)
  find('people').replaceChildren(...others.map(p => h('li', {}, h('label', {},
    h('input', { type: 'checkbox', name: 'member', value: p.phone_number }), `${p.name} · ${p.phone_number}`))))
  find('group-dialog').showModal()
})
find('group-form').addEventListener('submit', async event => {
  event.preventDefault()
  const participants = new FormData(event.target).getAll('member')
  find('group-dialog').close()
  const group = await ask('/groups', 'POST', { subject: find('subject').value, owner: state.phone, participants }).catch(tell)
  event.target.reset()
  await refresh()
  if (group) chooseChat(group.jid)
})

function unlink(device) {
  const dialog = find('unlink-dialog')
  find('unlink-text').textContent = say('unlinkText', device.platform)
  dialog.returnValue = ''
  dialog.onclose = async () => {
    if (dialog.returnValue !== 'unlink') return
    await ask(phonePath(state.phone, `/devices/${device.id}`), 'DELETE').catch(() => {})
    refresh()
  }
  dialog.showModal()
}

// Linking

let looking = new AbortController()
const linkState = words => { find('link-state').textContent = words }

async function link(qr) {
  looking.abort()
  find('qr').value = qr
  linkState(say('linking'))
  try {
    const device = await ask(phonePath(state.phone, '/scan'), 'POST', { qr })
    linkState(say('linked', device.platform))
    find('qr').value = ''
    find('link-dialog').close()
  } catch (error) {
    linkState(error.message)
  }
  refresh()
}

async function look(open) {
  looking.abort()
  looking = new AbortController()
  try {
    const stream = await open()
    linkState(say('looking'))
    const found = await fromStream(stream, find('view'), looking.signal)
    if (found) await link(found)
  } catch (error) {
    linkState(say('noCamera', error.message))
  }
}

find('link').addEventListener('click', () => {
  linkState('')
  find('link-dialog').showModal()
  find('qr').focus()
})
find('link-dialog').addEventListener('close', () => looking.abort())
find('link-form').addEventListener('submit', event => {
  event.preventDefault()
  if (find('qr').value.trim()) link(find('qr').value.trim())
})
find('picture').addEventListener('change', async event => {
  const [file] = event.target.files
  if (!file) return
  linkState(say('looking'))
  const found = await fromPicture(file).catch(() => null)
  event.target.value = ''
  if (found) await link(found)
  else linkState(say('noQr'))
})
// `mediaDevices` is missing on pages that are neither local nor https.
find('camera').addEventListener('click', () => look(async () =>
  navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } })))
find('screen').addEventListener('click', () => look(async () =>
  navigator.mediaDevices.getDisplayMedia({ video: true })))

for (const button of document.querySelectorAll('[data-close]')) {
  button.addEventListener('click', () => button.closest('dialog').close())
}
find('language').value = current()
find('language').addEventListener('change', event => {
  speak(event.target.value)
  draw()
})
document.addEventListener('visibilitychange', () => { if (!document.hidden) refresh() })

state.phone = decodeURIComponent(location.hash.slice(1)) || null
apply()
await refresh()
setInterval(() => { if (!document.hidden) refresh() }, 1000)
