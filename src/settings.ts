/**
 * What can be set: a settings file (JSON, named by KESSAI_SETTINGS) over these defaults, and the environment for
 * secrets and addresses. Read once, at start; a mistake is told by the name of the setting that has it.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { type Day, parseDay } from './domain/calendar.ts'
import type { CoverageRules } from './domain/coverage.ts'

const always = '0000-01-01' as Day // earlier than every day

const day = z.string().transform((text, context) => {
  const parsed = text === always ? always : parseDay(text)
  if (parsed === null) context.addIssue({ code: 'custom', message: 'a day is written YYYY-MM-DD' })
  return parsed ?? always
})
const dated = { validFrom: day, source: z.string().min(1) }
const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day is written HH:MM')
const minor = z.int().min(0).max(Number.MAX_SAFE_INTEGER).transform(BigInt)
const rounding = z.enum(['up', 'down', 'half_up', 'half_even'])

const dunning = z
  .strictObject({
    remindAfterDays: z
      .array(z.int().min(1).max(365))
      .min(1)
      .max(12)
      .refine(
        (days) => days.every((day, index) => index === 0 || day > (days[index - 1] ?? 0)),
        'days in ascending order, each once',
      )
      .default([3, 7, 14]),
    suspendAfterDays: z.int().min(1).max(730).nullable().default(30),
    noticeDays: z.int().min(1).max(60).default(7),
    at: timeOfDay.default('12:00'),
  })
  .refine(
    ({ remindAfterDays, suspendAfterDays, noticeDays }) =>
      suspendAfterDays === null || suspendAfterDays >= (remindAfterDays.at(-1) ?? 0) + noticeDays,
    'suspendAfterDays comes at least noticeDays after the last reminder',
  )

const coverageRules = z.strictObject({
  currency: z.string().regex(/^[A-Z]{3}$/, 'an ISO 4217 code in upper case'),
  timeZone: z.string().refine(isTimeZone, 'an IANA time zone such as Asia/Tokyo'),
  closesAt: timeOfDay.default('06:00'),
  retryAt: timeOfDay.default('09:00'),
  verificationMinor: minor,
  brands: z.array(z.string()).min(1),
  taxRates: z
    .array(z.strictObject({ ...dated, category: z.string().min(1), rateBp: z.int().min(0).max(10_000) }))
    .min(1),
  rounding: z.strictObject({ net: rounding, tax: rounding }).default({ net: 'up', tax: 'up' }),
  minimum: z.array(z.strictObject({ ...dated, amountMinor: minor })),
  networkLimits: z.array(
    z.strictObject({ ...dated, brand: z.string(), days: z.int().min(1).max(30), attempts: z.int().min(1) }),
  ),
  approvalAbove: z.int().min(1).nullable().default(5),
  dunning: dunning.default({ remindAfterDays: [3, 7, 14], suspendAfterDays: 30, noticeDays: 7, at: '12:00' }),
  reconcileDays: z.int().min(0).max(90).default(8),
})

const pace = z.strictObject({
  /** Requests a second the gateway allows us over all; Stripe's default is 100. */
  perSecond: z.number().positive().default(100),
  /** Requests a second for each endpoint; Stripe's default is 25. */
  perEndpointPerSecond: z.number().positive().default(25),
})

const settingsFile = z.strictObject({
  coverages: z.record(z.string().regex(/^[a-z][a-z0-9_]{0,15}$/), coverageRules),
  pace: pace.default({ perSecond: 100, perEndpointPerSecond: 25 }),
  /** Wall time after which an unanswered gateway call is an unknown outcome. */
  gatewayTimeoutMs: z.int().min(1_000).max(120_000).default(30_000),
  connections: z.int().min(2).max(200).default(10),
})

export interface Settings {
  readonly coverages: ReadonlyMap<string, CoverageRules>
  readonly pace: { readonly perSecond: number; readonly perEndpointPerSecond: number }
  readonly gatewayTimeoutMs: number
  readonly connections: number
  /** Null: the embedded server. */
  readonly databaseUrl: string | null
  /** Where the embedded server, the simulator's journal and what belongs to them live. */
  readonly dataFolder: string
  /** Seals secrets at rest: 32 bytes in hexadecimal or base64. Null: made once, and kept in the data folder. */
  readonly secret: string | null
  /** Stripe's secret key per coverage; a coverage without one is served by the simulator. */
  readonly stripeKeys: ReadonlyMap<string, string>
  readonly logLevel: string
  /** Every coverage is served by the simulator: time may be moved, mail is caught, pages to try things with are served. */
  readonly sandbox: boolean
  /** Where the API listens. */
  readonly listen: { readonly host: string; readonly port: number }
  /** The address people reach it under, without a slash at its end: the links in e-mail begin with it. */
  readonly publicUrl: string
  /** Where payers ask for help: an address of a page, or `mailto:`. Null: pages name none. */
  readonly supportUrl: string | null
  /** How many proxies in front of us are believed about the caller's address, which limits count by; 0: none. */
  readonly trustProxyHops: number
  /** `smtp://…`; null: mail is caught (sandbox) or cannot be sent. */
  readonly smtpUrl: string | null
  readonly mailFrom: string
  /** Stripe's publishable key per coverage, for the payer's browser. */
  readonly stripePublishableKeys: ReadonlyMap<string, string>
  /** Stripe's webhook signing secret per coverage; events of a coverage without one are refused. */
  readonly stripeWebhookSecrets: ReadonlyMap<string, string>
}

/** Throws a SettingsError that names each setting that is wrong. */
export function readSettings(
  environment: Readonly<Record<string, string | undefined>>,
  workingFolder: string,
): Settings {
  const path = environment.KESSAI_SETTINGS
  const parsed = settingsFile.safeParse(
    path
      ? readJson(path)
      : {
          coverages: defaultCoverages,
        },
  )
  if (!parsed.success) throw new SettingsError(`${path ?? 'the settings'}:\n${z.prettifyError(parsed.error)}`)
  const { coverages, ...rest } = parsed.data
  const codes = Object.keys(coverages)
  const perCoverage = (name: string): Map<string, string> =>
    new Map(
      codes.flatMap((coverage) => {
        const value = environment[`${name}_${coverage.toUpperCase()}`]
        return value ? [[coverage, value] as const] : []
      }),
    )
  const stripeKeys = perCoverage('STRIPE_SECRET_KEY')
  const listen = readListen(environment.KESSAI_LISTEN ?? '127.0.0.1:8480')
  return {
    ...rest,
    coverages: new Map(Object.entries(coverages).map(([coverage, rules]) => [coverage, { coverage, ...rules }])),
    databaseUrl: environment.DATABASE_URL || null,
    secret: environment.KESSAI_SECRET || null,
    dataFolder: environment.KESSAI_DATA || join(workingFolder, '.kessai'),
    stripeKeys,
    logLevel: environment.KESSAI_LOG || 'info',
    sandbox: stripeKeys.size === 0,
    listen,
    publicUrl: (environment.KESSAI_PUBLIC_URL || `http://${listen.host}:${listen.port}`).replace(/\/$/, ''),
    supportUrl: readSupport(environment.KESSAI_SUPPORT_URL || null),
    trustProxyHops: readHops(environment.KESSAI_TRUST_PROXY_HOPS || '0'),
    smtpUrl: environment.KESSAI_SMTP_URL || null,
    mailFrom: environment.KESSAI_MAIL_FROM || 'Kessai <billing@localhost>',
    stripePublishableKeys: perCoverage('STRIPE_PUBLISHABLE_KEY'),
    stripeWebhookSecrets: perCoverage('STRIPE_WEBHOOK_SECRET'),
  }
}

export class SettingsError extends Error {}

/** `host:port`; an IPv6 address stands in brackets. */
function readListen(text: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-f:]+)\]|([^:\s]+)):(\d{1,5})$/i.exec(text)
  const port = Number(match?.[3])
  const host = match?.[1] ?? match?.[2]
  if (!host || port > 65_535) throw new SettingsError(`KESSAI_LISTEN: ${text} is not an address such as 127.0.0.1:8480`)
  return { host, port }
}

function readSupport(text: string | null): string | null {
  if (text === null || /^(https?:|mailto:)/.test(URL.parse(text)?.protocol ?? '')) return text
  throw new SettingsError(
    `KESSAI_SUPPORT_URL: ${text} is not an address such as https://example.com/support or mailto:…`,
  )
}

function readHops(text: string): number {
  if (!/^\d$/.test(text)) throw new SettingsError(`KESSAI_TRUST_PROXY_HOPS: ${text} is not a number of proxies, 0 to 9`)
  return Number(text)
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (problem) {
    throw new SettingsError(`${path}: ${problem instanceof Error ? problem.message : String(problem)}`)
  }
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone.length > 0
  } catch {
    return false
  }
}

const visa = 'Visa Core Rules, excessive reattempts; Stripe allows 15 in 30 days'
const mastercard = 'Mastercard Transaction Processing Excellence: 35 in 30 days, 10 in a day'
const networkLimits = [
  { brand: 'visa', days: 30, attempts: 15, validFrom: always, source: visa },
  { brand: 'mastercard', days: 30, attempts: 35, validFrom: always, source: mastercard },
  { brand: 'mastercard', days: 1, attempts: 10, validFrom: always, source: mastercard },
  { brand: '*', days: 30, attempts: 15, validFrom: always, source: 'as Visa, where a network publishes no count' },
]
const stripeMinimum = 'Stripe, minimum charge amounts'

/** The two coverages of the contract's page; a third one is one more entry. */
export const defaultCoverages = {
  g: {
    currency: 'USD',
    timeZone: 'UTC',
    verificationMinor: 100,
    brands: ['visa', 'mastercard', 'amex'],
    taxRates: [{ category: 'standard', rateBp: 0, validFrom: always, source: 'sold from abroad: no tax collected' }],
    minimum: [{ amountMinor: 50, validFrom: always, source: stripeMinimum }],
    networkLimits,
  },
  jp: {
    currency: 'JPY',
    timeZone: 'UTC',
    verificationMinor: 100,
    brands: ['visa', 'mastercard', 'amex', 'jcb'],
    taxRates: [
      { category: 'standard', rateBp: 800, validFrom: '2014-04-01', source: 'Consumption Tax Act, 8 %' },
      { category: 'standard', rateBp: 1000, validFrom: '2019-10-01', source: 'Consumption Tax Act, 10 %' },
      { category: 'reduced', rateBp: 800, validFrom: '2019-10-01', source: 'Consumption Tax Act, reduced rate 8 %' },
    ],
    minimum: [{ amountMinor: 50, validFrom: always, source: stripeMinimum }],
    networkLimits,
  },
}
