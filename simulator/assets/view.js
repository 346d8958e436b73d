// Pieces of the page that are drawn from data.

import { phonePath } from './api.js'
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
  key: chat.number, name: chat.name, number: chat.number, detail: chat.last ? summary(chat.last) : chat.number,
  unread: chat.unread, selected, choose,
})

const summary = message => (message.type === 'text' ? message.text : say('kinds')[message.type] ?? message.type)

export function deviceItem(device, unlink) {
  const detail = [say('since', day(device.linked_at)), device.queued ? say('queued', device.queued) : null].filter(Boolean)
  return h('li', { class: 'card' },
    h('div', {}, h('b', {}, device.platform), h('span', { class: 'sub' }, device.jid)),
    h('div', {}, h('span', { class: device.connected ? 'pill ok' : 'pill' }, say(device.connected ? 'connected' : 'offline')),
      h('span', { class: 'sub' }, detail.join(' · '))),
    h('button', { class: 'btn small', type: 'button', 'data-key': device.id, 'aria-label': say('unlinkDevice', device.platform), onclick: unlink }, say('unlink')))
}

export const nothing = words => h('li', { class: 'card none' }, words)

const size = bytes => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`)

function mediaPart(message, owner) {
  const { media } = message
  if (media.error) return h('em', {}, `${summary(message)}: ${media.error}`)
  const src = phonePath(owner, `/messages/${encodeURIComponent(message.id)}/media`)
  const name = media.file_name ?? summary(message)
  if (['image', 'sticker'].includes(message.type)) return h('img', { src, alt: media.caption ?? name, loading: 'lazy' })
  if (message.type === 'video') return h('video', { src, controls: true, 'aria-label': name })
  if (['audio', 'voice'].includes(message.type)) return h('audio', { src, controls: true, 'aria-label': name })
  return h('a', { href: src, download: name }, `${name} · ${size(media.size)}`)
}

export function messageItem(message, own) {
  const ticks = { sent: '✓', delivered: '✓✓', read: '✓✓' }[message.status]
  const status = own && ticks
    ? h('span', { class: message.status, role: 'img', 'aria-label': say(message.status) }, ` ${ticks}`)
    : null
  const caption = message.media?.caption
  const content = message.media
    ? h('div', { class: 'media' }, mediaPart(message, own ? message.from : message.to), caption ? h('p', {}, caption) : null)
    : message.type === 'text' ? message.text : h('em', {}, `${summary(message)} ${message.text}`)
  return h('li', { class: own ? 'message own' : 'message' }, content, h('small', {}, time(message.at), status))
}
