/** The frame without fields: calls that need no card to be typed, made from the gateway's own origin. */
import { gatewayCalls } from './gateway-calls.js'
import { meetPage } from './page-channel.js'

meetPage(({ key, locale }) => {
  const calls = gatewayCalls(key, locale)
  return {
    retrieve: ({ clientSecret }) => calls.retrieve(clientSecret),
    // A payment whose bank waits for an answer already is not confirmed again: that would be another question.
    confirm: async ({ clientSecret }) => {
      const shown = await calls.retrieve(clientSecret)
      return shown.intent?.status === 'requires_action' ? shown : calls.confirm(clientSecret)
    },
  }
})
