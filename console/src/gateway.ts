/**
 * The gateway's own script in the payer's browser: Stripe.js, or the simulator's with the same calls. The API names which.
 * Card numbers are typed into its frame and never pass through here.
 */
import { language } from './texts/said.ts'

export interface GatewayPlace {
  readonly scriptUrl: string
  readonly publishableKey: string
}

/** What we use of Stripe.js. */
interface Gateway {
  elements(options: object): { create(type: 'card', options?: object): CardElement }
  confirmCardPayment(clientSecret: string, options: object): Promise<Confirmed>
  confirmCardSetup(clientSecret: string, options: object): Promise<Confirmed>
  handleNextAction(options: { readonly clientSecret: string }): Promise<Confirmed>
}

export interface CardElement {
  mount(place: HTMLElement): void
  destroy(): void
  focus(): void
  on(event: 'ready', listener: () => void): void
  on(event: 'change', listener: (change: { readonly error?: { readonly message: string } | undefined }) => void): void
}

interface Confirmed {
  readonly error?: {
    readonly message?: string
    readonly code?: string
    readonly payment_intent?: { readonly last_payment_error?: object | null }
    readonly setup_intent?: { readonly last_setup_error?: object | null }
  }
}

declare global {
  interface Window {
    Stripe?: (publishableKey: string, options: { readonly locale: string }) => Gateway
  }
}

const scripts = new Map<string, Promise<unknown>>()

/** Rejects when the script cannot be loaded. */
export async function openGateway({ scriptUrl, publishableKey }: GatewayPlace): Promise<Gateway> {
  const loading = scripts.get(scriptUrl) ?? load(scriptUrl)
  scripts.set(scriptUrl, loading)
  await loading.catch((problem: unknown) => {
    // Asked for again, it may come.
    scripts.delete(scriptUrl)
    throw problem
  })
  if (!window.Stripe) throw new Error(`${scriptUrl} brought no gateway`)
  return window.Stripe(publishableKey, { locale: language })
}

function load(scriptUrl: string): Promise<unknown> {
  const script = document.createElement('script')
  script.src = scriptUrl
  const loaded = new Promise((resolve, reject) => {
    script.onload = resolve
    script.onerror = () => reject(new Error(`${scriptUrl} could not be loaded`))
  })
  document.head.append(script)
  return loaded
}

export type Submitted =
  /** The bank has spoken: our server reads what it said. */
  | { readonly tried: true }
  /** Mistyped or not authenticated: it may be submitted again. */
  | { readonly tried: false; readonly message: string }

/** Confirms an opened registration with what is typed in the fields; 3-D Secure in between where the bank asks. */
export async function submitCard(gateway: Gateway, clientSecret: string, card: CardElement): Promise<Submitted> {
  const confirm = clientSecret.startsWith('seti_') ? gateway.confirmCardSetup : gateway.confirmCardPayment
  const { error } = await confirm(clientSecret, { payment_method: { card } })
  const wasTried =
    error?.payment_intent?.last_payment_error ??
    error?.setup_intent?.last_setup_error ??
    // Confirmed before, in another window or just before our server fell silent.
    error?.code?.endsWith('_unexpected_state')
  return !error || wasTried ? { tried: true } : { tried: false, message: error.message ?? '' }
}

/** The page's colours for the fields in the gateway's frame, dark or light. */
export function appearanceOf(place: HTMLElement) {
  const style = getComputedStyle(place)
  const names = {
    colorText: 'ink',
    colorTextSecondary: 'ink-3',
    colorBackground: 'sheet',
    colorPrimary: 'accent',
    colorDanger: 'vermilion',
  }
  const colours = Object.entries(names).map(([name, token]) => [name, style.getPropertyValue(`--${token}`).trim()])
  return { variables: { ...Object.fromEntries(colours), borderRadius: '4px', fontSizeBase: '16px' } }
}
