/** Staff see e-mail that could not be sent, and have it tried again. */
import { expect, test } from 'vitest'
import { queueLink } from '../../src/operations/mail/queue-message.ts'
import { transaction } from '../../src/postgres/database.ts'
import { apiOn } from '../support/api.ts'
import { testDatabase } from '../support/database.ts'
import { accountWithCard } from '../support/engine.ts'
import { catcherForTest, mailerForTest, subjectsIn } from '../support/mail.ts'
import { accountNumber, freshEngine } from '../support/scenes.ts'

const database = testDatabase()

test('failures in pages, tried again once the cause is gone', async () => {
  let refuses = true
  const catcher = await catcherForTest({ refuse: () => (refuses ? { code: 550, message: 'no mailbox' } : null) })
  const engine = await freshEngine(database, { mailer: mailerForTest(catcher.smtpUrl) })
  for (let index = 1; index <= 3; index++) await accountWithCard(engine, accountNumber(index))
  await engine.idle()
  const { ask, staffToken, rootToken, keyToken } = await apiOn(engine)
  const staff = await staffToken('support')

  const first = await ask(staff, 'GET', '/messages/failures?limit=2')
  expect(first).toMatchObject({
    status: 200,
    body: {
      items: [
        { kind: 'method_changed', attempts: 1, coverage: 'g', problem: expect.stringContaining('550 no mailbox') },
        { kind: 'method_changed' },
      ],
      next: expect.any(String),
    },
  })
  const second = await ask(staff, 'GET', `/messages/failures?limit=2&cursor=${first.body.next}`)
  expect(second).toMatchObject({ status: 200, body: { items: [{ kind: 'method_changed' }], next: null } })
  const all = [first, second].flatMap(({ body }) => body.items as { messageId: string; accountId: string }[])
  expect(all.map(({ accountId }) => accountId).sort()).toEqual([1, 2, 3].map(accountNumber))

  refuses = false
  const messageId = all[0]?.messageId
  expect(await ask(staff, 'POST', `/messages/${messageId}/retry`)).toMatchObject({ status: 202 })
  expect(await ask(staff, 'POST', `/messages/${messageId}/retry`)).toMatchObject({
    status: 409,
    body: { code: 'message_not_failed' },
  })
  await engine.idle()
  expect(subjectsIn(catcher)).toEqual([`${all[0]?.accountId}@example.com: Your card was registered`])
  const left = await ask(staff, 'GET', '/messages/failures')
  expect(left.body.items).toHaveLength(2)

  const unknown = engine.system.makeId(3, engine.now())
  expect(await ask(staff, 'POST', `/messages/${unknown}/retry`)).toMatchObject({ status: 404 })
  for (const token of [await rootToken(accountNumber(1)), await keyToken(['accounts:read'])]) {
    expect(await ask(token, 'GET', '/messages/failures')).toMatchObject({ status: 403 })
  }
})

test('B17 root chooses the language of e-mail', async () => {
  const catcher = await catcherForTest()
  const engine = await freshEngine(database, { mailer: mailerForTest(catcher.smtpUrl) })
  const [one, other] = [accountNumber(1), accountNumber(2)]
  await accountWithCard(engine, one)
  await accountWithCard(engine, other)
  const { ask, rootToken } = await apiOn(engine)
  const root = await rootToken(one)
  const path = `/accounts/${one}/mail-language`
  expect(await ask(root, 'GET', path)).toMatchObject({ status: 200, body: { language: null } })
  expect(await ask(root, 'PUT', path, { language: 'fr' })).toMatchObject({ status: 400 })
  expect(await ask(await rootToken(other), 'PUT', path, { language: 'ja' })).toMatchObject({ status: 404 })
  expect(await ask(root, 'PUT', path, { language: 'ja' })).toMatchObject({ status: 200, body: { language: 'ja' } })
  await engine.idle()
  expect(subjectsIn(catcher).sort()).toEqual([
    `${one}@example.com: カードを登録しました`,
    `${other}@example.com: Your card was registered`,
  ])
})

test('a link that could not be sent is not sent later', async () => {
  const catcher = await catcherForTest({ refuse: () => ({ code: 550, message: 'no mailbox' }) })
  const engine = await freshEngine(database, { mailer: mailerForTest(catcher.smtpUrl) })
  await accountWithCard(engine, accountNumber(1))
  const link = { kind: 'invitation', accountId: accountNumber(1), loginId: null, token: 't', about: 'h' } as const
  await transaction(engine.system.db, (tx) =>
    queueLink(tx, engine.system, { ...link, goodForMs: 60_000 }, engine.now()),
  )
  await engine.idle()
  const { ask, staffToken } = await apiOn(engine)
  const staff = await staffToken('support')
  const { body } = await ask(staff, 'GET', '/messages/failures')
  const invitation = (body.items as { kind: string; messageId: string }[]).find(({ kind }) => kind === 'invitation')
  expect(await ask(staff, 'POST', `/messages/${invitation?.messageId}/retry`)).toMatchObject({
    status: 409,
    body: { code: 'message_link_gone' },
  })
})
