/** Bodies that trickle in or stop coming, on real connections. */
import { connect, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { apiOn } from '../support/api.ts'
import { testDatabase } from '../support/database.ts'
import { accountWithCard } from '../support/engine.ts'
import { freshEngine } from '../support/scenes.ts'

const database = testDatabase()
const accountId = 'OP0000000001'

async function scene() {
  const engine = await freshEngine(database)
  await accountWithCard(engine, accountId)
  const api = await apiOn(engine, { bodyTimeoutMs: 300 })
  const port = Number(new URL(await api.app.listen({ host: '127.0.0.1', port: 0 })).port)
  const token = await api.keyToken(['fees:write'])
  const post = (path: string, type: string, bytes: number): { socket: Socket; heard: Promise<string> } => {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    socket.on('data', (chunk) => {
      text += String(chunk)
    })
    socket.on('error', () => undefined)
    const heard = new Promise<string>((resolve) => socket.on('close', () => resolve(text)))
    socket.write(
      `POST /api${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ncontent-type: ${type}\r\ncontent-length: ${bytes}\r\n\r\n`,
    )
    return { socket, heard }
  }
  return { ...api, post }
}

/** A byte now and again, as long as anybody listens. */
function trickle(socket: Socket): void {
  const drops = setInterval(() => socket.write(' '), 20)
  socket.on('close', () => clearInterval(drops))
}

test.each([
  ['an operation', '/sign-in'],
  ['an operation for others', '/keys'],
  ['no operation at all', '/nothing'],
])('a body that trickles in for %s is cut', async (_what, path) => {
  const { post } = await scene()
  const { socket, heard } = post(path, 'application/json', 60_000)
  trickle(socket)
  expect(await heard).toMatch(/^HTTP\/1\.1 4\d\d/)
})

test('fees may take longer than any other body, as long as they keep coming', async () => {
  const { post } = await scene()
  const fee = { accountId, externalId: 'a', coverage: 'g', date: '2027-01-05', item: 'data', amount: '1' }
  const line = JSON.stringify(fee)
  const long = post('/fees', 'application/x-ndjson', line.length + 1_000)
  long.socket.write(line)
  const blanks = { sent: 0 }
  const drops = setInterval(() => {
    blanks.sent += 1
    long.socket.write('\n')
  }, 20)
  // Three bodies that began later have had all the time there is.
  for (let body = 0; body < 3; body++) await post('/sign-in', 'application/json', 1_000).heard
  clearInterval(drops)
  long.socket.write('\n'.repeat(1_000 - blanks.sent))
  const answer = await new Promise<string>((resolve) => long.socket.once('data', (chunk) => resolve(String(chunk))))
  expect(answer).toMatch(/^HTTP\/1\.1 200/)
  long.socket.destroy()
})

test('fees that stop coming are told so, and the connection ends', async () => {
  const { post } = await scene()
  const { heard, socket } = post('/fees', 'application/x-ndjson', 1_000)
  socket.write('{}\n')
  const answer = await heard
  expect(answer).toMatch(/^HTTP\/1\.1 408/)
  expect(answer).toContain('"code":"request_too_slow"')
})
