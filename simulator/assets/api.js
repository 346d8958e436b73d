// The simulator's interface.

export async function ask(path, method = 'GET', body) {
  // The browser names the type of a form itself.
  const json = body && !(body instanceof FormData)
  const response = await fetch(path, {
    method,
    headers: json ? { 'content-type': 'application/json' } : {},
    body: json ? JSON.stringify(body) : body,
  })
  if (response.status === 204) return null
  const answer = await response.json()
  if (!response.ok) throw Object.assign(new Error(answer.error?.message ?? response.statusText), { told: true })
  return answer
}

export const phonePath = (number, rest = '') => `/phones/${encodeURIComponent(number)}${rest}`
