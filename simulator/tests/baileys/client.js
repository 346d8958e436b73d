// An unmodified Baileys client, driven line by line: commands come as JSON on
// standard input, what happens leaves as JSON on standard output.
//
//   node client.js <simulator's http address> <folder for the session>
import { createInterface } from 'node:readline'
import makeWASocket, {
	DisconnectReason,
	WA_CERT_DETAILS,
	proto,
	useMultiFileAuthState
} from 'baileys'
import pino from 'pino'

const [address, folder] = process.argv.slice(2)
const tell = (event, data = {}) => process.stdout.write(`${JSON.stringify({ event, ...data })}\n`)

// The library checks the server's certificate chain against this root for real.
const { ws, root } = await (await fetch(`${address}/info`)).json()
WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(root, 'hex')

const logger = pino({ level: process.env.BAILEYS_LOG ?? 'silent' }, pino.destination(2))
const textOf = message => message?.conversation ?? message?.extendedTextMessage?.text

function tellStatus(key, status) {
	if (status) tell('status', { id: key.id, status: proto.WebMessageInfo.Status[status] })
}

let socket
// Read once: a reconnection must not read what is still being written.
const { state, saveCreds } = await useMultiFileAuthState(folder)
let stopping = false
let saving = Promise.resolve()

function connect() {
	socket = makeWASocket({ auth: state, logger, waWebSocketUrl: ws, version: [2, 3000, 1027868167] })
	// One after the other: two writes at once could leave half a file.
	socket.ev.on('creds.update', () => { saving = saving.then(saveCreds) })
	socket.ev.on('connection.update', ({ connection, qr, lastDisconnect }) => {
		if (qr) tell('qr', { qr })
		if (connection === 'open') tell('open', { me: socket.user.id, name: socket.user.name })
		if (connection === 'close') {
			const code = lastDisconnect?.error?.output?.statusCode
			tell('close', { code, reason: String(lastDisconnect?.error?.message) })
			const wanted = code === DisconnectReason.restartRequired || code === DisconnectReason.connectionClosed
			if (wanted && !stopping) connect()
		}
	})
	socket.ev.on('messages.upsert', ({ messages }) => {
		for (const { key, message, status } of messages) {
			const text = textOf(message)
			if (text) tell('message', { id: key.id, from: key.remoteJid, fromMe: key.fromMe, text })
			// A status that comes at once is merged into the message.
			if (text && key.fromMe) tellStatus(key, status)
		}
	})
	socket.ev.on('messages.update', updates => {
		for (const { key, update } of updates) {
			tellStatus(key, update.status)
		}
	})
}

const commands = {
	async send({ to, text }) {
		const sent = await socket.sendMessage(to, { text })
		tell('sent', { id: sent.key.id, text })
	},
	// Any content that the library knows: polls, places, edits, …
	async content({ to, content, as }) {
		const sent = await socket.sendMessage(to, content)
		tell('sent', { id: sent.key.id, as })
	},
	async presence({ state, to }) {
		await socket.sendPresenceUpdate(state, to)
	},
	async numbers({ numbers }) {
		tell('numbers', { found: await socket.onWhatsApp(...numbers) })
	},
	async groups() {
		tell('groups', { groups: Object.values(await socket.groupFetchAllParticipating()) })
	},
	async read({ from, id }) {
		await socket.readMessages([{ remoteJid: from, id, fromMe: false }])
	},
	async code({ number }) {
		tell('code', { code: await socket.requestPairingCode(number) })
	},
	async stop() {
		stopping = true
		input.close()
		socket.end(undefined)
		await saving
		// The process ends by itself once all is written; caches of the library must not keep it alive.
		setTimeout(() => process.exit(0), 2000).unref()
	}
}

const input = createInterface({ input: process.stdin })
input.on('line', async line => {
	const command = JSON.parse(line)
	try {
		await commands[command.do](command)
	} catch (error) {
		tell('error', { message: String(error?.stack ?? error) })
	}
})

connect()
