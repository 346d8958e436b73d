// Starts the built binaries on ports and folders of their own.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const STARTS_WITHIN_MS = 60_000
const STOPS_WITHIN_MS = 12_000

/** Where `cargo xtask test` says that something built lies. */
export function built(name) {
  const path = process.env[name]
  if (!path) throw new Error(`${name} is not set: run these tests with \`cargo xtask test --only browser\``)
  return path
}

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

export class Process {
  /** Resolves when the process prints its ready line. */
  static async start(name, path, args, env, ready) {
    const child = spawn(path, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    const started = new Process(name, child)
    await started.#waitFor(ready)
    return started
  }

  #log = []
  #lines

  constructor(name, child) {
    this.name = name
    this.child = child
    this.ended = once(child, 'exit')
    this.#lines = createInterface({ input: child.stdout })
    this.#lines.on('line', line => this.#log.push(line))
    createInterface({ input: child.stderr }).on('line', line => this.#log.push(line))
  }

  get log() {
    return this.#log.slice(-60).join('\n')
  }

  async #waitFor(ready) {
    let timer
    await new Promise((resolve, reject) => {
      const fail = why => reject(new Error(`${this.name} ${why}:\n${this.log}`))
      timer = setTimeout(fail, STARTS_WITHIN_MS, 'did not get ready')
      this.#lines.on('line', line => line.includes(ready) && resolve())
      this.child.once('error', error => fail(`could not start (${error.message})`))
      this.child.once('exit', code => fail(`ended with code ${code}`))
    }).finally(() => clearTimeout(timer))
  }

  async stop(signal = 'SIGTERM') {
    const { exitCode, signalCode } = this.child
    if (this.stopped) return
    this.stopped = true
    if (exitCode !== null || signalCode !== null) {
      throw new Error(`${this.name} ended by itself (${exitCode ?? signalCode}):\n${this.log}`)
    }
    this.child.kill(signal)
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOPS_WITHIN_MS)
    await this.ended
    clearTimeout(timer)
  }
}

/** A server with a simulator beside it, both empty. */
export class World {
  static async start(env = {}) {
    const world = new World()
    world.folder = await mkdtemp(join(tmpdir(), 'whahook-e2e-'))
    world.env = env
    const port = await freePort()
    world.phones = `http://127.0.0.1:${port}`
    world.simulator = await Process.start(
      'the simulator',
      built('SIMULATOR_BIN'),
      ['--port', `${port}`, '--data', join(world.folder, 'simulator')],
      { HOST: '127.0.0.1' },
      'Simulator is ready at',
    )
    world.port = await freePort()
    world.url = `http://127.0.0.1:${world.port}`
    await world.startServer()
    return world
  }

  async startServer() {
    this.server = await Process.start(
      'the server',
      built('WHAHOOK_BIN'),
      ['serve'],
      {
        HOST: '127.0.0.1',
        PORT: `${this.port}`,
        VOLUME_DIR: join(this.folder, 'volume'),
        SITE_DIR: built('SITE_DIR'),
        WHATSAPP_URL: `${this.phones.replace('http', 'ws')}/ws/chat`,
        SIGNUP: 'open',
        DATABASE_URL: '',
        REDIS_URL: '',
        ...this.env,
      },
      'WhaHook is ready at',
    )
  }

  async stop() {
    await this.server?.stop()
    await this.simulator?.stop()
    await rm(this.folder, { recursive: true, force: true })
  }
}
