// The simulator's interface.

export async function ask(path, method = 'GET', body) {
  const response = await fetch(path, {
    method,
    headers: body ? { 'content-type': 'application/json' } : {},
    body: body && JSON.stringify(body),
  })
  if (response.status === 204) return null
  const answer = await response.json()
  if (!response.ok) throw Object.assign(new Error(answer.error?.message ?? response.statusText), { told: true })
  return answer
}

export const phonePath = (number, rest = '') => `/phones/${encodeURIComponent(number)}${rest}`
