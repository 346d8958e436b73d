// The page of phones.

import { ask, phonePath } from './api.js'
import { fromPicture, fromStream } from './scan.js'
import { chatItem, deviceItem, fill, h, messageItem, nothing, phoneItem } from './view.js'
import { apply, current, say, speak } from './words.js'

const find = id => document.getElementById(id)
const state = { phones: [], messages: [], phone: null, peer: null }
const drawn = {}

const selected = () => state.phones.find(phone => phone.phone_number === state.phone)
const nameOf = number => state.phones.find(phone => phone.phone_number === number)?.name ?? number

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
  for (const message of state.messages) {
    const number = message.from === state.phone ? message.to : message.from
    const chat = found.get(number) ?? { number, unread: 0 }
    chat.last = message
    chat.unread += message.status === 'unread' ? 1 : 0
    found.delete(number)
    found.set(number, chat)
  }
  if (state.peer && !found.has(state.peer)) found.set(state.peer, { number: state.peer, unread: 0 })
  return [...found.values()].reverse().map(chat => ({ ...chat, name: nameOf(chat.number) }))
}

function drawChats() {
  const all = chats()
  part('chats', [all, state.peer], () => fill(find('chats'), all.length
    ? all.map(chat => chatItem(chat, chat.number === state.peer, () => chooseChat(chat.number)))
    : [h('li', { class: 'sub' }, say('noChats'))]))
  find('thread').hidden = !state.peer
  find('choose').hidden = Boolean(state.peer)
  if (!state.peer) return
  const own = state.phone
  const thread = state.messages.filter(m => (m.from === own ? m.to : m.from) === state.peer)
  part('thread', [own, state.peer, thread], () => {
    const list = find('messages')
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40
    find('thread-title').textContent = `${nameOf(state.peer)} · ${state.peer}`
    fill(list, thread.map(message => messageItem(message, message.from === own)))
    if (atEnd || thread.at(-1)?.from === own) list.scrollTop = list.scrollHeight
  })
  if (thread.some(m => m.status === 'unread') && !document.hidden) {
    ask(phonePath(own, '/read'), 'POST', { from: state.peer }).catch(() => {})
  }
}

// Choosing

function choosePhone(number) {
  state.phone = number
  state.peer = null
  state.messages = []
  location.hash = number
  refresh()
}

function chooseChat(number) {
  state.peer = number
  drawChats()
  find('text').focus()
}

// News

let refreshing = false

async function refresh() {
  if (refreshing) return
  refreshing = true
  try {
    state.phones = await ask('/phones')
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

find('write').addEventListener('submit', async event => {
  event.preventDefault()
  const input = find('text')
  const text = input.value.trim()
  if (!text) return
  input.value = ''
  await ask(phonePath(state.phone, '/messages'), 'POST', { to: state.peer, text }).catch(error => {
    input.value = text
    find('notice').textContent = error.message
    find('notice').hidden = false
  })
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
