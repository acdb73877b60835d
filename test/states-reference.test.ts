/** `docs/reference/states.md` is written from the domain's tables; `vitest run test/states-reference --update` writes it. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { chargeActions, chargeStatuses } from '../src/domain/charge.ts'
import { decisionMeanings, disputeStatuses } from '../src/domain/dispute.ts'
import { invoiceStatuses } from '../src/domain/invoice.ts'
import { ledgerAccounts, postingKinds } from '../src/domain/ledger.ts'
import { orderActions, orderStatuses } from '../src/domain/order.ts'
import { carriesMeanings, refundActions, refundStatuses } from '../src/domain/refund.ts'
import { runStatuses } from '../src/domain/run.ts'

const path = join(import.meta.dirname, '..', 'docs', 'reference', 'states.md')

const meanings = (states: Readonly<Record<string, string>>): string =>
  Object.entries(states)
    .map(([state, meaning]) => `- **${state}**: ${meaning}`)
    .join('\n')

const page = `# States and ledger

Written from \`src/domain/\`; a test holds the two together.

## A charge
${meanings(chargeStatuses)}

| learnt or decided | from | to |
|---|---|---|
${Object.entries(chargeActions)
  .map(([action, { from, to }]) => `| ${action} | ${from.join(', ')} | ${to} |`)
  .join('\n')}

## A refund
${meanings(refundStatuses)}

| learnt or decided | from | to |
|---|---|---|
${Object.entries(refundActions)
  .map(([action, { from, to }]) => `| ${action} | ${from.join(', ')} | ${to} |`)
  .join('\n')}

What it carries:
${meanings(carriesMeanings)}

## A dispute
${meanings(disputeStatuses)}

What staff decide:
${meanings(decisionMeanings)}

## An invoice
${meanings(invoiceStatuses)}

## An order
${meanings(orderStatuses)}

| asked or learnt | from | to |
|---|---|---|
${Object.entries(orderActions)
  .map(([action, { from, to }]) => `| ${action} | ${from.join(', ')} | ${to} |`)
  .join('\n')}

## A run
${meanings(runStatuses)}

## The ledger
${meanings(ledgerAccounts)}

| posting | debit | credit |
|---|---|---|
${Object.entries(postingKinds)
  .map(([kind, { debit, credit }]) => `| ${kind} | ${debit} | ${credit} |`)
  .join('\n')}
`

test('the page of states is the domain', async () => {
  await expect(page).toMatchFileSnapshot(path)
})
