import { expect, test } from 'vitest'
import { instant } from './calendar.ts'
import { type RegistrationFacts, registrationEnd } from './registration.ts'

const open: RegistrationFacts = {
  status: 'needs_customer',
  releasingAt: null,
  failureCode: null,
  registered: false,
  brand: null,
}
const releasingAt = instant(1)

test('B3 how a registration ended, from its verification as it stands', () => {
  const check = (change: Partial<RegistrationFacts>, expected: string) => {
    const end = registrationEnd({ ...open, ...change })
    const text = end === null ? 'pending' : end.registered ? 'registered' : `${end.failure} ${end.code}`
    expect(text, JSON.stringify(change)).toBe(expected)
  }
  check({}, 'pending')
  check({ status: 'intended' }, 'pending')
  check({ status: 'unknown' }, 'pending')
  check({ status: 'releasing', releasingAt, registered: true, brand: 'visa' }, 'registered')
  check({ status: 'released', releasingAt, registered: true, brand: 'visa' }, 'registered')
  check({ status: 'releasing', releasingAt, failureCode: 'card_declined' }, 'declined card_declined')
  check({ status: 'declined', failureCode: 'incorrect_cvc' }, 'declined incorrect_cvc')
  // A code that is none of the public ones never leaves.
  check({ status: 'declined', failureCode: 'stolen_card' }, 'declined card_declined')
  check(
    { status: 'declined', releasingAt, failureCode: 'card_declined', brand: 'visa' },
    'card_tried_too_often card_declined',
  )
  check({ status: 'releasing', releasingAt, brand: 'jcb' }, 'brand_not_accepted invalid_number')
  check({ status: 'releasing', releasingAt }, 'abandoned invalid_request')
  check({ status: 'released', releasingAt }, 'abandoned invalid_request')
  check({ status: 'not_executed' }, 'abandoned invalid_request')
})
