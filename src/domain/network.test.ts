import { expect, test } from 'vitest'
import { networkOf } from './network.ts'

const check: readonly [address: string, network: string][] = [
  ['203.0.113.9', '203.0.113.9'],
  ['::ffff:203.0.113.9', '::ffff:203.0.113.9'],
  ['2001:db8:0:1::9', '2001:db8:0:1::/64'],
  ['2001:DB8:0:0001:5:6:7:8', '2001:db8:0:1::/64'],
  ['2001:db8::9', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
]

test.each(check)('%s is counted as %s', (address, network) => expect(networkOf(address)).toBe(network))
