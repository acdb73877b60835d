/** Sending, and what may go wrong with it: the server, the recipient, this process. */
import { connect, createServer, type Socket } from 'node:net'
import { sql } from 'kysely'
import { expect, onTestFinished, test } from 'vitest'
import { minuteMs } from '../../src/domain/calendar.ts'
import { queueLink } from '../../src/operations/mail/queue-message.ts'
import { sendMessages } from '../../src/operations/mail/send-messages.ts'
import type { System } from '../../src/operations/system.ts'
import type { Mailer } from '../../src/ports/mailer.ts'
import { transaction } from '../../src/postgres/database.ts'
import { bucketsWithOutbox } from '../../src/postgres/mail-outbox.ts'
import { bucketsWithDueMessages, readMailFailures, requeueMessage } from '../../src/postgres/messages.ts'
import { crashEverywhere } from '../support/crash.ts'
import { testDatabase } from '../support/database.ts'
import { accountWithCard, type Engine } from '../support/engine.ts'
import { catcherForTest, mailerForTest, mailsIn, messagesOf, subjectsIn, temporaryFolder } from '../support/mail.ts'
import { accountNumber, freshEngine, idleOf, workerElsewhere } from '../support/scenes.ts'

const database = testDatabase()

/** Accounts with a message each that waits for a mail server. */
async function waiting(count = 1): Promise<Engine> {
  const engine = await freshEngine(database)
  for (let index = 1; index <= count; index++) await accountWithCard(engine, accountNumber(index))
  await engine.idle()
  return engine
}

const withMailer = (system: System, mailer: Mailer): System => ({ ...system, mailer })

test('the mail server is away and comes back: nothing is lost, and nothing is sent twice', async () => {
  const folder = temporaryFolder()
  const first = await catcherForTest({ folder })
  const mailer = mailerForTest(first.smtpUrl)
  await first.stop()
  const engine = await waiting(6)
  const system = withMailer(engine.system, mailer)
  await idleOf(system, engine.now())
  for (const message of await messagesOf(engine)) expect(message).toMatch(/^method_changed queued 1 .*ECONNREFUSED/)
  // Not before its time.
  const second = await catcherForTest({ folder, port: Number(new URL(first.smtpUrl).port) })
  await idleOf(system, engine.now())
  expect(subjectsIn(second)).toEqual([])
  engine.passWall(minuteMs)
  await idleOf(system, engine.now())
  await idleOf(system, engine.now())
  expect(subjectsIn(second)).toHaveLength(6)
  expect(new Set(subjectsIn(second)).size).toBe(6)
  for (const message of await messagesOf(engine)) expect(message).toBe('method_changed sent 2')
})

test('a server that is away is not asked for every mail that waits', async () => {
  const catcher = await catcherForTest()
  await catcher.stop()
  const engine = await waiting()
  const { bucket } = await oneMessage(engine)
  for (let index = 0; index < 9; index++) {
    const link = { kind: 'invitation', accountId: accountNumber(1), loginId: null, token: 't' } as const
    await transaction(engine.system.db, (tx) =>
      queueLink(tx, engine.system, { ...link, about: `${index}`, goodForMs: 600_000 }, engine.now()),
    )
  }
  await sendMessages(withMailer(engine.system, mailerForTest(catcher.smtpUrl)), bucket, 50)
  const messages = await messagesOf(engine)
  expect(messages.filter((message) => / queued 1 /.test(message))).toHaveLength(4)
  expect(messages.filter((message) => / queued 0 the mail server does not answer/.test(message))).toHaveLength(6)
})

test('a server that is away for two days: given up, seen by staff, and sent when they ask for it', async () => {
  const folder = temporaryFolder()
  const first = await catcherForTest({ folder })
  const mailer = mailerForTest(first.smtpUrl)
  await first.stop()
  const engine = await waiting()
  const system = withMailer(engine.system, mailer)
  for (let tries = 0; tries < 9; tries++) {
    await idleOf(system, engine.now())
    engine.passWall(24 * 60 * minuteMs)
  }
  const [failure] = await readMailFailures(engine.system.db, null, 10)
  expect(failure).toMatchObject({ accountId: accountNumber(1), kind: 'method_changed', attempts: 9 })
  expect(await readMailFailures(engine.system.db, failure?.messageId ?? '', 10)).toEqual([])
  const second = await catcherForTest({ folder, port: Number(new URL(first.smtpUrl).port) })
  const { bucket, messageId } = await oneMessage(engine)
  const retry = () => requeueMessage(engine.system.db, bucket, messageId, engine.system.wallNow())
  expect([await retry(), await retry()]).toEqual(['queued', 'not_failed'])
  await idleOf(system, engine.now())
  expect(subjectsIn(second)).toHaveLength(1)
  expect(await readMailFailures(engine.system.db, null, 10)).toEqual([])
})

test('a recipient whom the server refuses is given up at once, and the address is not kept', async () => {
  const address = `${accountNumber(1)}@example.com`
  const catcher = await catcherForTest({
    refuse: (recipient) => (recipient === address ? { code: 550, message: `no mailbox ${recipient}` } : null),
  })
  const engine = await waiting(2)
  await idleOf(withMailer(engine.system, mailerForTest(catcher.smtpUrl)), engine.now())
  expect(await messagesOf(engine)).toEqual([
    expect.stringMatching(/^method_changed failed 1 .*550 no mailbox …/),
    'method_changed sent 1',
  ])
  expect(subjectsIn(catcher)).toHaveLength(1)
  const [failure] = await readMailFailures(engine.system.db, null, 10)
  expect(failure?.problem).not.toContain(address)
})

test('a recipient whom the server puts off is tried again', async () => {
  let greylisted = true
  const catcher = await catcherForTest({
    refuse: () => (greylisted ? { code: 451, message: 'come back later' } : null),
  })
  const engine = await waiting()
  const system = withMailer(engine.system, mailerForTest(catcher.smtpUrl))
  await idleOf(system, engine.now())
  greylisted = false
  engine.passWall(minuteMs)
  await idleOf(system, engine.now())
  expect(await messagesOf(engine)).toEqual(['method_changed sent 2'])
})

test('many workers at once: each message is written once and sent once', async () => {
  const catcher = await catcherForTest()
  const engine = await freshEngine(database)
  for (let index = 1; index <= 12; index++) await accountWithCard(engine, accountNumber(index))
  expect((await bucketsWithOutbox(engine.system.db)).length).toBeGreaterThan(3)
  const workers = await Promise.all(
    Array.from({ length: 3 }, async () =>
      withMailer(await workerElsewhere(engine, database), mailerForTest(catcher.smtpUrl)),
    ),
  )
  await Promise.all(workers.map((system) => idleOf(system, engine.now())))
  expect(subjectsIn(catcher)).toHaveLength(12)
  expect(new Set(subjectsIn(catcher)).size).toBe(12)
})

test('what a worker that died had claimed is sent by another', async () => {
  const catcher = await catcherForTest()
  const engine = await waiting()
  const dead = await workerElsewhere(engine, database)
  const { bucket } = await oneMessage(engine)
  const never: Mailer = { send: () => new Promise(() => undefined), close: () => undefined }
  void sendMessages(withMailer(dead, never), bucket, 10)
  const claimed = async () => (await bucketsWithDueMessages(engine.system.db, engine.system.wallNow())).length === 0
  await expect.poll(claimed).toBe(true)
  const living = withMailer(engine.system, mailerForTest(catcher.smtpUrl))
  await idleOf(living, engine.now())
  expect(subjectsIn(catcher)).toEqual([])
  await sql`update workers set ended_at = clock_timestamp() where worker_id = ${dead.workerId}`.execute(
    engine.system.db,
  )
  await idleOf(living, engine.now())
  expect(subjectsIn(catcher)).toHaveLength(1)
})

test('sent once under crash; between the yes and our record twice, as one and the same', async () => {
  const catcher = await catcherForTest()
  const mailer = mailerForTest(catcher.smtpUrl)
  const arrived: string[][] = []
  const deaths = await crashEverywhere(database, {
    mailer,
    async setUp(engine) {
      await accountWithCard(engine, accountNumber(1))
    },
    operate: (system, engine) => {
      catcher.clear()
      return idleOf(system, engine.now())
    },
    async atEnd(engine) {
      expect(await messagesOf(engine)).toEqual([expect.stringMatching(/^method_changed sent [12]$/)])
      arrived.push((await mailsIn(catcher)).map(({ messageId }) => messageId))
    },
  })
  expect(deaths).toContain('before update messages')
  for (const ids of arrived) expect(new Set(ids).size, ids.join()).toBe(1)
  expect(arrived.filter((ids) => ids.length > 1).length).toBe(1)
})

test('a server that takes the mail and never answers: unknown, and tried again', async () => {
  const catcher = await catcherForTest()
  const { port } = new URL(catcher.smtpUrl)
  let mute = true
  const proxy = createServer((client) => relay(client, Number(port), () => mute)).listen(0, '127.0.0.1')
  onTestFinished(() => void proxy.close())
  await new Promise((resolve) => proxy.once('listening', resolve))
  const address = proxy.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const engine = await waiting()
  const system = withMailer(engine.system, mailerForTest(`smtp://127.0.0.1:${address.port}`))
  await idleOf(system, engine.now())
  expect(await messagesOf(engine)).toEqual([expect.stringMatching(/^method_changed queued 1 /)])
  expect(subjectsIn(catcher)).toHaveLength(1)
  mute = false
  engine.passWall(minuteMs)
  await idleOf(system, engine.now())
  const ids = (await mailsIn(catcher)).map(({ messageId }) => messageId)
  expect(ids).toHaveLength(2)
  expect(new Set(ids).size).toBe(1)
})

/** Passes everything on but, while it is mute, the server's word that it took the mail. */
function relay(client: Socket, port: number, isMute: () => boolean): void {
  const server = connect(port, '127.0.0.1')
  client.pipe(server)
  server.on('data', (bytes: Buffer) => {
    if (!(isMute() && /^250 .*(queued|OK: message)/im.test(bytes.toString()))) client.write(bytes)
  })
  for (const [one, other] of [
    [client, server],
    [server, client],
  ] as const) {
    one.on('error', () => other.destroy())
    one.on('close', () => other.destroy())
  }
}

async function oneMessage(engine: Engine): Promise<{ bucket: number; messageId: string }> {
  const { rows } = await sql<{ bucket: number; messageId: string }>`
    select bucket, message_id as "messageId" from messages limit 1`.execute(engine.system.db)
  if (!rows[0]) throw new Error('no message')
  return rows[0]
}
