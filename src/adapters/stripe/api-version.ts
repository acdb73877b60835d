/** The version of Stripe's API that new charges are frozen with. */
import type Stripe from 'stripe'

// Typed, so that another version of the SDK does not change it unnoticed.
export const stripeApiVersion: typeof Stripe.API_VERSION = '2026-10-28.endive'
