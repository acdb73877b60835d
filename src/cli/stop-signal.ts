/** When a command that runs until told is to stop: by a signal, or because the process that started it is gone. */

/**
 * Aborted by SIGINT or SIGTERM; a second one ends the process at once, which loses nothing either. With `withParent`
 * also when the parent's end of our IPC channel, or of our standard input, closes: killed or not, it takes us along.
 */
export function stopSignal(options: { readonly withParent?: boolean } = {}): AbortSignal & Disposable {
  const controller = new AbortController()
  const stop = () => controller.abort()
  const onSignal = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(name === 'SIGINT' ? 130 : 143)
    stop()
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  const letGo = options.withParent ? watchParent(stop) : () => undefined
  return Object.assign(controller.signal, {
    [Symbol.dispose]: () => {
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
      letGo()
    },
  })
}

/** Answers how to stop watching, so that an open channel does not keep the process alive. */
function watchParent(onGone: () => void): () => void {
  if (process.channel) {
    process.once('disconnect', onGone)
    return () => process.connected && process.disconnect()
  }
  const { stdin } = process
  stdin.on('end', onGone).on('close', onGone).on('error', onGone).resume()
  return () => stdin.destroy()
}
