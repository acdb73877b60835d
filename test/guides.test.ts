/** The guides are followed in `start.test.ts`; here is that a guide which is wrong does not pass. */
import { expect, test } from 'vitest'
import { followGuide } from './support/guides.ts'

const answer = '{"code":"card_declined","sums":[1,2],"none":[],"card":{"last4":"4242","brand":"visa"}}'
const guide = (command: string, as: string, shown: string) =>
  `\`\`\`sh\n${command}\n\`\`\`\n\`\`\`${as}\n${shown}\n\`\`\`\n`
const says = `printf '%s' '${answer}'`

test.each([
  ['an excerpt of an answer', guide(says, 'json', '{ "card": { "last4": "4242" }, "sums": [2], "none": [] }'), true],
  ['a text cut short', guide(says, 'json', '{ "code": "card_…" }'), true],
  ['the last of several answers', guide(`echo '{}'; ${says}`, 'json', '{ "code": "card_declined" }'), true],
  ['another value', guide(says, 'json', '{ "card": { "last4": "4243" } }'), false],
  ['a text that begins otherwise', guide(says, 'json', '{ "code": "lost_…" }'), false],
  ['a key that is not there', guide(says, 'json', '{ "brand": "visa" }'), false],
  ['an item that is not in the list', guide(says, 'json', '{ "sums": [3] }'), false],
  ['an empty list that is not empty', guide(says, 'json', '{ "sums": [] }'), false],
  ['no answer at all', guide('true', 'json', '{}'), false],
  ['a line that is printed', guide('printf "200\\n304\\n"', 'text', '304'), true],
  ['a line that is not printed', guide('echo 200', 'text', '304'), false],
  ['variables from step to step', guide('A=1', 'text', '') + guide('echo "$A"', 'text', '1'), true],
  ['a variable that nobody set', guide('echo "$NOBODY_SET_THIS"', 'text', ''), false],
  ['a command that fails', guide('false', 'text', ''), false],
  ['a command that fails in a pipe', guide('false | cat', 'text', ''), false],
])('%s', async (_name, text, isRight) => {
  const { wrong } = await followGuide(text)
  expect(wrong.length === 0).toBe(isRight)
})
