/** The simulator's API keys and signing secrets: they name the gateway account, and so need no list. */

/** `sk_test_g` → `g`; null for anything else. */
export const accountOfSecretKey = (key: string): string | null => /^sk_test_([A-Za-z0-9]+)$/.exec(key)?.[1] ?? null
/** `pk_test_g` → `g`; null for anything else. */
export const accountOfPublishableKey = (key: string): string | null => /^pk_test_([A-Za-z0-9]+)$/.exec(key)?.[1] ?? null
/** What an account's events are signed with. */
export const webhookSecretOf = (account: string): string => `whsec_test_${account}`
