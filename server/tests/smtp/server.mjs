// A real SMTP server for the tests of e-mail. What it takes, it writes to
// standard output: one JSON object a line.
//
//   node server.mjs '{"port": 2525, "users": {"ana": "secret"}, "key": "…", "cert": "…",
//                     "secure": false, "refuse": ["bad@example.com"]}'
import { createRequire } from 'node:module'
import { once } from 'node:events'

const require = createRequire(new URL('../../../e2e/package.json', import.meta.url))
const { SMTPServer } = require('smtp-server')

const options = JSON.parse(process.argv[2])
const tell = (what) => process.stdout.write(`${JSON.stringify(what)}\n`)

const server = new SMTPServer({
  secure: Boolean(options.secure),
  key: options.key,
  cert: options.cert,
  authOptional: !options.users,
  disabledCommands: options.cert ? [] : ['STARTTLS'],
  allowInsecureAuth: !options.cert,
  disableReverseLookup: true,
  logger: false,
  onAuth(auth, session, done) {
    const known = options.users?.[auth.username] === auth.password
    if (!known) return done(new Error('Invalid username or password'))
    done(null, { user: auth.username })
  },
  onRcptTo(address, session, done) {
    if (options.refuse?.includes(address.address)) {
      return done(Object.assign(new Error('No such user here'), { responseCode: 550 }))
    }
    done()
  },
  async onData(stream, session, done) {
    const chunks = []
    for await (const chunk of stream) chunks.push(chunk)
    tell({
      mail: {
        from: session.envelope.mailFrom.address,
        to: session.envelope.rcptTo.map((to) => to.address),
        secure: session.secure,
        user: session.user ?? null,
        raw: Buffer.concat(chunks).toString('utf8'),
      },
    })
    done()
  },
})
server.on('error', (error) => tell({ error: String(error) }))
server.listen(options.port, '127.0.0.1')
await once(server.server, 'listening')
tell({ listening: options.port })
