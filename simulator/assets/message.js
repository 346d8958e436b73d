// One message as the phone shows it, whatever its kind.

import { phonePath } from './api.js'
import { h, summary, time } from './view.js'
import { say } from './words.js'

const size = bytes => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`)
const away = { target: '_blank', rel: 'noopener noreferrer' }

function mediaPart(message, owner) {
  const { media } = message
  if (media.error) return h('em', {}, `${summary(message)}: ${media.error}`)
  const src = phonePath(owner, `/messages/${encodeURIComponent(message.id)}/media`)
  const name = media.file_name ?? summary(message)
  if (['image', 'sticker'].includes(message.type)) return h('img', { src, alt: media.caption ?? name, loading: 'lazy', class: message.type })
  // As the apps do: a GIF is a film that starts by itself and has no sound.
  if (message.type === 'gif') return h('video', { src, controls: true, loop: true, muted: true, 'aria-label': name })
  if (message.type === 'video') return h('video', { src, controls: true, 'aria-label': name })
  if (['audio', 'voice'].includes(message.type)) return h('audio', { src, controls: true, 'aria-label': name })
  return h('a', { href: src, download: name }, `${name} · ${size(media.size)}`)
}

/** The text, with the names of the people it mentions. */
function words(message, text, nameOf) {
  const digits = new Map((message.mentions ?? []).map(number => [number.replace(/\D/g, ''), number]))
  return text.split(/(@\d{7,15})/).map(part => {
    const number = digits.get(part.slice(1))
    return part.startsWith('@') && number ? h('b', { class: 'mention' }, `@${nameOf(number)}`) : part
  })
}

function preview({ url, title, description }) {
  const safe = /^https?:\/\//i.test(url)
  const inside = [h('b', {}, title ?? url), description ? h('span', {}, description) : null, h('span', { class: 'url' }, url)]
  return safe ? h('a', { class: 'preview', href: url, ...away }, ...inside) : h('div', { class: 'preview' }, ...inside)
}

function place({ latitude, longitude, name, address }) {
  const map = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=15/${latitude}/${longitude}`
  return h('div', { class: 'facts' }, h('small', {}, say('kinds').location), name ? h('b', {}, name) : null, address ? h('span', {}, address) : null,
    h('a', { href: map, ...away }, `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`))
}

function card({ name, vcard }) {
  const numbers = [...vcard.matchAll(/^(?:item\d+\.)?TEL[^:]*:(.+)$/gim)].map(found => found[1].trim())
  return h('div', { class: 'facts' }, h('small', {}, say('kinds').contact), h('b', {}, name), ...numbers.map(number => h('span', {}, number)))
}

function poll({ question, options, votes, multiple }, nameOf) {
  const choice = option => {
    const voters = votes.filter(vote => vote.options.includes(option)).map(vote => nameOf(vote.from))
    return h('li', {}, h('span', {}, option), h('span', { class: 'votes', title: voters.join(', ') }, String(voters.length)),
      voters.length ? h('small', {}, voters.join(', ')) : null)
  }
  return h('div', { class: 'facts' }, h('b', {}, question), h('small', {}, say(multiple ? 'pollSeveral' : 'pollOne')),
    h('ul', { class: 'poll' }, ...options.map(choice)))
}

function call(message, owner) {
  if (message.from === owner) return say('unanswered')
  return say(message.text.includes('video') ? 'missedVideo' : 'missedCall')
}

/** What is said of a message besides when it was written. */
function remarks(message) {
  const all = []
  if (message.edited && !message.deleted) all.push(say('edited'))
  if (message.disappears_after) all.push(say('disappears', Math.max(1, Math.round(message.disappears_after / 86400))))
  return all.map(remark => `${remark} · `)
}

function content(message, owner, nameOf) {
  if (message.deleted) return [h('em', {}, say('deleted'))]
  const parts = []
  if (message.view_once) parts.push(h('small', {}, say('viewOnce')))
  if (message.quoted) {
    parts.push(h('blockquote', {}, h('b', {}, nameOf(message.quoted.from)), h('span', {}, message.quoted.text || '…')))
  }
  if (message.link_preview) parts.push(preview(message.link_preview))
  if (message.media) {
    const { caption } = message.media
    parts.push(h('div', { class: 'media' }, mediaPart(message, owner), caption ? h('p', {}, ...words(message, caption, nameOf)) : null))
  } else if (message.location) parts.push(place(message.location))
  else if (message.contacts) parts.push(...message.contacts.map(card))
  else if (message.poll) parts.push(poll(message.poll, nameOf))
  else if (message.type === 'text') parts.push(h('p', {}, ...words(message, message.text, nameOf)))
  else if (message.type === 'call') parts.push(h('em', {}, call(message, owner)))
  else parts.push(h('em', {}, `${summary(message)} ${message.text}`))
  return parts
}

function reactions(all, nameOf) {
  const counts = new Map()
  for (const { emoji, from } of all) counts.set(emoji, [...(counts.get(emoji) ?? []), nameOf(from)])
  return h('ul', { class: 'reactions', 'aria-label': say('reactions') },
    ...[...counts].map(([emoji, names]) => h('li', { title: names.join(', ') }, names.length > 1 ? `${emoji} ${names.length}` : emoji)))
}

/** `nameOf` gives the name of a number; groups say who wrote. */
export function messageItem(message, owner, nameOf, inGroup) {
  const own = message.from === owner
  const ticks = { sent: '✓', delivered: '✓✓', read: '✓✓' }[message.status]
  const status = own && ticks
    ? h('span', { class: message.status, role: 'img', 'aria-label': say(message.status) }, ` ${ticks}`)
    : null
  return h('li', { class: own ? 'message own' : 'message' },
    inGroup && !own ? h('b', { class: 'sender' }, nameOf(message.from)) : null,
    ...content(message, owner, nameOf),
    h('small', { class: 'when' }, ...remarks(message), time(message.at), status),
    message.reactions ? reactions(message.reactions, nameOf) : null)
}
