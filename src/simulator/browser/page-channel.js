/**
 * A frame's end of the talk with the page that embeds it. The first word must come from that very page, once; it
 * brings the port over which all else goes, and the page's origin, which is then known for good.
 */

/** `begin` is handed what the page said at opening, its origin, and the way to tell it of events; it answers what the page may ask. */
export function meetPage(begin) {
  const meet = ({ source, origin, data, ports: [port] }) => {
    if (source !== window.parent || source === window || data?.open !== 'gateway' || !port) return
    if (!/^https?:\/\//.test(origin)) return
    removeEventListener('message', meet)
    const acts = begin({ ...data, origin, tell: (name, event = {}) => port.postMessage({ event: { name, ...event } }) })
    port.onmessage = async ({ data: { ask, name, given } }) => {
      const answer = Object.hasOwn(acts, name) ? await acts[name](given) : undefined
      if (ask) port.postMessage({ answerTo: ask, answer })
    }
  }
  addEventListener('message', meet)
}
