/**
 * The simulated gateway's script for a payer's page: the calls of Stripe.js that we use, under the same names and with
 * the same answers. It asks for no more of the page than `script-src` and `frame-src` of this origin: card fields, calls
 * to the gateway and 3-D Secure all live in frames, and what is typed there never passes through here.
 */
;(() => {
  const gateway = new URL(document.currentScript.src).origin

  window.Stripe = (publishableKey, { locale = 'auto' } = {}) => {
    if (!/^pk_test_\w+$/.test(publishableKey)) throw new TypeError('the simulator takes pk_test_… keys only')
    const opening = { key: publishableKey, locale: languageOf(locale) }
    /** @type {ReturnType<typeof openFrame> | null} */
    let hidden = null
    const controller = () => {
      hidden ??= openFrame('controller', 'Gateway', opening, document.body, { display: 'none' })
      return hidden
    }

    /** A confirmation, and the bank's question where it asks one. */
    const confirm = async (frame, clientSecret, billingDetails) =>
      answerOf(
        clientSecret,
        await authenticated(clientSecret, await frame.ask('confirm', { clientSecret, billingDetails })),
      )
    const authenticated = async (clientSecret, told) =>
      told.intent?.status === 'requires_action' ? askBank({ ...opening, clientSecret }) : told
    const confirmCard = async (clientSecret, { payment_method: method } = {}) =>
      confirm(method?.card?.frame() ?? controller(), clientSecret, method?.billing_details)
    const confirmElements = async ({ elements, clientSecret = elements.clientSecret, confirmParams = {} }) =>
      confirm(elements.frame(), clientSecret, confirmParams.payment_method_data?.billing_details)
    const retrieve = async (clientSecret) =>
      answerOf(clientSecret, await controller().ask('retrieve', { clientSecret }))
    const handleNextAction = async ({ clientSecret }) =>
      answerOf(clientSecret, await authenticated(clientSecret, await controller().ask('retrieve', { clientSecret })))

    return {
      elements: (options = {}) => makeElements(opening, options),
      confirmCardPayment: confirmCard,
      confirmCardSetup: confirmCard,
      confirmPayment: confirmElements,
      confirmSetup: confirmElements,
      handleNextAction,
      handleCardAction: (clientSecret) => handleNextAction({ clientSecret }),
      retrievePaymentIntent: retrieve,
      retrieveSetupIntent: retrieve,
    }
  }
  window.Stripe.version = 3

  function makeElements(opening, { clientSecret, locale, appearance }) {
    /** @type {ReturnType<typeof makeElement> | null} */
    let made = null
    const settings = { ...opening, ...(locale ? { locale: languageOf(locale) } : {}), appearance }
    return {
      clientSecret,
      create(type, options = {}) {
        if (!['card', 'payment'].includes(type)) throw new TypeError(`the simulator has no element of type ${type}`)
        if (made) throw new Error('these elements have their card fields already')
        made = makeElement(type, { ...settings, options: { disabled: options.disabled === true } }, () => {
          made = null
        })
        return made
      },
      getElement: (type) => (made?.type === type ? made : null),
      submit: async () => ({ error: await made?.frame().ask('check') }),
      frame: () => {
        if (!made) throw new Error('these elements have no card fields')
        return made.frame()
      },
    }
  }

  function makeElement(type, settings, forget) {
    /** @type {ReturnType<typeof openFrame> | null} */
    let frame = null
    const listeners = new Map()
    const tell = ({ name, height, ...event }) => {
      if (name === 'resize') frame?.resize(height)
      else for (const listener of listeners.get(name) ?? []) listener({ elementType: type, ...event })
    }
    const element = {
      type,
      frame() {
        if (!frame) throw new Error('the card fields are not mounted')
        return frame
      },
      mount(place) {
        const container = typeof place === 'string' ? document.querySelector(place) : place
        if (!container) throw new Error(`there is no ${place} to mount the card fields in`)
        if (frame) throw new Error('the card fields are mounted already')
        const title = settings.locale === 'ja' ? 'カード情報の入力欄' : 'Card details'
        frame = openFrame('card', title, { ...settings, type }, container, { width: '100%', height: '4.75rem' }, tell)
      },
      unmount() {
        frame?.close()
        frame = null
      },
      destroy() {
        element.unmount()
        listeners.clear()
        forget()
      },
      on(name, listener) {
        listeners.set(name, [...(listeners.get(name) ?? []), listener])
        return element
      },
      off(name, listener) {
        listeners.set(name, listener ? (listeners.get(name) ?? []).filter((one) => one !== listener) : [])
        return element
      },
      update: (options) => element.frame().ask('update', { disabled: options.disabled === true }),
      focus: () => element.frame().focus(),
      blur: () => element.frame().ask('blur'),
      clear: () => element.frame().ask('clear'),
    }
    return element
  }

  /** The bank's page over ours. Resolves with the payment as it is afterwards; a window that was closed is an error. */
  async function askBank(opening) {
    const dialog = document.createElement('dialog')
    dialog.setAttribute('aria-label', opening.locale === 'ja' ? '本人認証' : 'Authentication by your bank')
    const cover = { width: '100%', height: '100%', maxWidth: 'none', maxHeight: 'none' }
    Object.assign(dialog.style, { ...cover, padding: '0', border: '0', background: 'rgb(29 27 23 / 0.5)' })
    document.body.append(dialog)
    const frame = openFrame('three-d-secure', '3-D Secure', opening, dialog, cover)
    dialog.addEventListener('cancel', (event) => {
      event.preventDefault()
      frame.ask('close')
    })
    dialog.showModal()
    frame.focus()
    const told = await frame.ask('authenticate')
    // The press that ended it is still being handled in there: the frame goes once that is over.
    await new Promise((resolve) => setTimeout(resolve))
    frame.close()
    dialog.close()
    dialog.remove()
    return told
  }

  /**
   * A frame of the gateway's origin and the one way to talk to it: a port that only a document of that origin can have
   * been handed, since `postMessage` names the origin it is for.
   */
  function openFrame(path, title, opening, container, style, onEvent = () => {}) {
    const element = document.createElement('iframe')
    const { port1, port2 } = new MessageChannel()
    const waiting = new Map()
    let asked = 0
    port1.onmessage = ({ data: { answerTo, answer, event } }) => {
      if (event) onEvent(event)
      waiting.get(answerTo)?.(answer)
      waiting.delete(answerTo)
    }
    const open = () => element.contentWindow?.postMessage({ open: 'gateway', ...opening }, gateway, [port2])
    element.addEventListener('load', open, { once: true })
    element.src = `${gateway}/browser/${path}`
    element.title = title
    Object.assign(element.style, { border: '0', display: 'block', colorScheme: 'normal', ...style })
    container.append(element)
    return {
      ask: (name, given = {}) =>
        new Promise((resolve) => {
          asked += 1
          waiting.set(asked, resolve)
          port1.postMessage({ ask: asked, name, given })
        }),
      focus() {
        element.focus()
        port1.postMessage({ name: 'focus', given: {} })
      },
      resize(height) {
        element.style.height = `${height}px`
      },
      close() {
        port1.close()
        element.remove()
        const error = {
          type: 'invalid_request_error',
          code: 'element_removed',
          message: 'The card fields were removed.',
        }
        for (const resolve of waiting.values()) resolve({ error })
        waiting.clear()
      },
    }
  }

  const languageOf = (locale) => ((locale === 'auto' ? navigator.language : locale).startsWith('ja') ? 'ja' : 'en')

  function answerOf(clientSecret, { intent, error }) {
    if (error) return { error }
    return clientSecret.startsWith('seti_') ? { setupIntent: intent } : { paymentIntent: intent }
  }
})()
