/** Whom an address stands for, where something is counted by address. */

/** Whoever has one IPv6 address has the 2^64 beside it: such an address is its network. */
export function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address
  const [head = '', tail] = address.split('::')
  const groups = head === '' ? [] : head.split(':')
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length)
  const all = [...groups, ...Array<string>(Math.max(0, missing)).fill('0'), ...(tail ? tail.split(':') : [])]
  return `${all.slice(0, 4).map(written).join(':')}::/64`
}

/** `0DB8` and `db8` are the same group. */
const written = (group: string): string => group.toLowerCase().replace(/^0+(?=.)/, '')
