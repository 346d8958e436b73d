// Pieces of the page that are drawn from data.

import { current, say } from './words.js'

export function h(tag, properties = {}, ...children) {
  const node = document.createElement(tag)
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value)
    else if (value !== undefined && value !== false) node.setAttribute(name, value === true ? '' : value)
  }
  node.append(...children.filter(child => child !== null && child !== undefined))
  return node
}

/** Draws a list anew, but keeps the focus on the item that had it. */
export function fill(list, items) {
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.key : null
  list.replaceChildren(...items)
  if (focused) list.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus()
}

export const time = at => new Date(at).toLocaleTimeString(current(), { hour: '2-digit', minute: '2-digit' })
const day = at => new Date(at).toLocaleString(current(), { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' })

function avatar(name, number) {
  const hue = [...number].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) % 360, 7)
  const initials = name.replace(/^\+/, '').split(/\s+/).map(w => w[0]).slice(0, 2).join('').toUpperCase()
  return h('span', { class: 'avatar', style: `--hue:${hue}`, 'aria-hidden': 'true' }, initials)
}

function person({ key, name, number, detail, unread, selected, choose }) {
  const badge = unread
    ? h('span', { class: 'badge' }, String(unread), h('span', { class: 'hidden' }, ` ${say('unread', unread)}`))
    : null
  return h('li', {}, h('button', { class: 'person', type: 'button', 'data-key': key, 'aria-current': selected && 'true', onclick: choose },
    avatar(name, number), h('span', {}, h('b', {}, name), h('span', { class: 'sub' }, detail)), badge))
}

export const phoneItem = (phone, selected, choose) => person({
  key: phone.phone_number, name: phone.name, number: phone.phone_number, detail: phone.phone_number,
  unread: phone.unread, selected, choose,
})

export const chatItem = (chat, selected, choose) => person({
  key: chat.id, name: chat.name, number: chat.id, detail: chat.last ? summary(chat.last) : chat.detail,
  unread: chat.unread, selected, choose,
})

export function summary(message) {
  if (message.deleted) return say('deleted')
  if (message.type === 'text') return message.text
  const kind = say('kinds')[message.type] ?? message.type
  return message.type === 'reaction' && message.text ? `${kind} ${message.text}` : kind
}

export function deviceItem(device, unlink) {
  const detail = [say('since', day(device.linked_at)), device.queued ? say('queued', device.queued) : null].filter(Boolean)
  return h('li', { class: 'card' },
    h('div', {}, h('b', {}, device.platform), h('span', { class: 'sub' }, device.jid)),
    h('div', {}, h('span', { class: device.connected ? 'pill ok' : 'pill' }, say(device.connected ? 'connected' : 'offline')),
      h('span', { class: 'sub' }, detail.join(' · '))),
    h('button', { class: 'btn small', type: 'button', 'data-key': device.id, 'aria-label': say('unlinkDevice', device.platform), onclick: unlink }, say('unlink')))
}

export const nothing = words => h('li', { class: 'card none' }, words)
