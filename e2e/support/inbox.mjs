import { eventually } from './clients.mjs'

/** Whose account the page shows. */
export const ANA = '+593987654321'
export const BRUNO = '+593991203344'
export const CARLA = '+593991203355'

export const writes = (phone, message) =>
  phone.call('POST', `/phones/${encodeURIComponent(phone.number)}/messages`, {
    to: ANA,
    ...(typeof message === 'string' ? { text: message } : message),
  })
export const conversation = async (person, name) =>
  (await person.call('GET', `/api/conversations?name=${name}`)).items.find(it => it.with.name === name)
export const messagesWith = async (person, name) => {
  const { id } = await conversation(person, name)
  return (await person.call('GET', `/api/conversations/${id}/messages?limit=200`)).items
}
/** Waits until it came in. */
export const known = (person, name, text) =>
  eventually(`${text} of ${name}`, async () => {
    const found = await conversation(person, name)
    return found && (await messagesWith(person, name)).find(it => it.text === text)
  })

export const row = (page, name) =>
  page.locator('.conversation:not(.hit)').filter({ has: page.locator('.name').getByText(name, { exact: true }) })
export const message = (page, text) => page.locator('.message').filter({ hasText: text })
export const composer = page => page.getByLabel('Message', { exact: true })
