// Everything the page says, in both languages.

const words = {
  en: {
    title: 'Phones · WhaHook simulator',
    brand: 'Simulator', phones: 'Phones', newPhone: 'New phone', language: 'Language',
    nobodyTitle: 'No phone yet', nobodyText: 'Make a simulated person first; then link your backend to the phone.',
    link: 'Link a device', devices: 'Linked devices', chats: 'Chats', newChat: 'New chat', choose: 'Choose a chat, or start one.',
    message: 'Message', send: 'Send', close: 'Close', open: 'Open', create: 'Create',
    linkText: 'Show the phone the QR code of your backend: paste what it says, choose a picture of it, or point at it.',
    qrText: 'Text of the QR code', linkNow: 'Link', picture: 'Picture', camera: 'Camera', screen: 'Screen',
    name: 'Name', number: 'Phone number with country code', withWhom: 'With whom',
    unlinkTitle: 'Unlink this device?', keep: 'Keep it linked', unlink: 'Unlink',
    unlinkText: name => `${name} will be logged out and has to scan a new QR code to come back.`,
    unlinkDevice: name => `Unlink ${name}`,
    noDevices: 'No device is linked. Your backend shows a QR code to link with.',
    noChats: 'No chat yet.', connected: 'Connected', offline: 'Not connected',
    since: when => `linked ${when}`, queued: n => (n === 1 ? '1 item waits' : `${n} items wait`),
    unread: n => (n === 1 ? '1 unread message' : `${n} unread messages`),
    linkedCount: n => (n === 1 ? '1 linked device' : `${n} linked devices`),
    you: 'You', sent: 'sent', delivered: 'delivered', read: 'read',
    linking: 'Linking…', linked: name => `Linked: ${name}`, looking: 'Looking for a QR code…',
    noQr: 'There is no QR code in this picture.', found: 'Found a QR code.',
    noCamera: why => `The camera or screen cannot be used: ${why}`,
    unreachable: 'The simulator cannot be reached. Trying again…',
    deleted: 'This message was deleted', edited: 'edited', reactions: 'Reactions', file: 'Send a file',
    pollOne: 'Choose one', pollSeveral: 'Choose one or more', members: n => `${n} members`,
    newGroup: 'New group', subject: 'Name of the group', people: 'Who is in it',
    online: 'online', composing: 'is writing…', recording: 'is recording…',
    kinds: { image: 'Picture', video: 'Video', gif: 'GIF', audio: 'Audio', voice: 'Voice message', document: 'Document', sticker: 'Sticker', location: 'Place', contact: 'Contact', poll: 'Poll', reaction: 'Reaction', call: 'Call' },
    missedCall: 'Missed call', missedVideo: 'Missed video call', unanswered: 'Nobody answered', viewOnce: 'Can be looked at once', status: 'Status',
    disappears: days => (days === 1 ? 'disappears after a day' : `disappears after ${days} days`),
  },
  es: {
    title: 'Teléfonos · Simulador de WhaHook',
    brand: 'Simulador', phones: 'Teléfonos', newPhone: 'Nuevo teléfono', language: 'Idioma',
    nobodyTitle: 'Aún no hay teléfonos', nobodyText: 'Cree primero una persona simulada; luego vincule su servidor al teléfono.',
    link: 'Vincular un dispositivo', devices: 'Dispositivos vinculados', chats: 'Chats', newChat: 'Nuevo chat', choose: 'Elija un chat o comience uno.',
    message: 'Mensaje', send: 'Enviar', close: 'Cerrar', open: 'Abrir', create: 'Crear',
    linkText: 'Muestre al teléfono el código QR de su servidor: pegue su texto, elija una imagen o apunte hacia él.',
    qrText: 'Texto del código QR', linkNow: 'Vincular', picture: 'Imagen', camera: 'Cámara', screen: 'Pantalla',
    name: 'Nombre', number: 'Número con código de país', withWhom: 'Con quién',
    unlinkTitle: '¿Desvincular este dispositivo?', keep: 'Mantener vinculado', unlink: 'Desvincular',
    unlinkText: name => `${name} cerrará la sesión y deberá escanear un nuevo código QR para volver.`,
    unlinkDevice: name => `Desvincular ${name}`,
    noDevices: 'No hay dispositivos vinculados. Su servidor muestra un código QR para vincularse.',
    noChats: 'Aún no hay chats.', connected: 'Conectado', offline: 'Sin conexión',
    since: when => `vinculado ${when}`, queued: n => (n === 1 ? '1 elemento en espera' : `${n} elementos en espera`),
    unread: n => (n === 1 ? '1 mensaje sin leer' : `${n} mensajes sin leer`),
    linkedCount: n => (n === 1 ? '1 dispositivo vinculado' : `${n} dispositivos vinculados`),
    you: 'Usted', sent: 'enviado', delivered: 'entregado', read: 'leído',
    linking: 'Vinculando…', linked: name => `Vinculado: ${name}`, looking: 'Buscando un código QR…',
    noQr: 'No hay ningún código QR en esta imagen.', found: 'Código QR encontrado.',
    noCamera: why => `No se puede usar la cámara o la pantalla: ${why}`,
    unreachable: 'No se puede contactar con el simulador. Reintentando…',
    deleted: 'Este mensaje fue eliminado', edited: 'editado', reactions: 'Reacciones', file: 'Enviar un archivo',
    pollOne: 'Elija una opción', pollSeveral: 'Elija una o más opciones', members: n => `${n} integrantes`,
    newGroup: 'Nuevo grupo', subject: 'Nombre del grupo', people: 'Integrantes',
    online: 'en línea', composing: 'está escribiendo…', recording: 'está grabando…',
    kinds: { image: 'Imagen', video: 'Vídeo', gif: 'GIF', audio: 'Audio', voice: 'Mensaje de voz', document: 'Documento', sticker: 'Sticker', location: 'Lugar', contact: 'Contacto', poll: 'Encuesta', reaction: 'Reacción', call: 'Llamada' },
    missedCall: 'Llamada perdida', missedVideo: 'Videollamada perdida', unanswered: 'Nadie contestó', viewOnce: 'Se puede ver una vez', status: 'Estado',
    disappears: days => (days === 1 ? 'desaparece tras un día' : `desaparece tras ${days} días`),
  },
}

const stored = () => {
  try { return localStorage.getItem('language') } catch { return null }
}
let language = words[stored()] ? stored() : navigator.language.startsWith('es') ? 'es' : 'en'

export const current = () => language
export const say = (key, ...args) => {
  const found = words[language][key]
  return typeof found === 'function' ? found(...args) : found
}

export function speak(chosen) {
  language = chosen
  try { localStorage.setItem('language', chosen) } catch { /* Private windows forget it. */ }
  apply()
}

/** Puts the words into the parts of the page that never change otherwise. */
export function apply() {
  document.documentElement.lang = language
  document.title = say('title')
  for (const node of document.querySelectorAll('[data-words]')) node.textContent = say(node.dataset.words)
  for (const node of document.querySelectorAll('[data-hint]')) node.placeholder = say(node.dataset.hint)
}
