/**
 * Who lives on the sandbox's platform: one account for each state a payer can be in, so that whoever tries the API finds
 * every banner, refusal and button without waiting for a month.
 */
import type { AccountKind } from '../domain/account.ts'
import type { Day } from '../domain/calendar.ts'

export interface Resident {
  readonly accountId: string
  /** What there is to see. */
  readonly label: { readonly en: string; readonly ja: string }
  readonly kind: AccountKind
  /** Card by coverage; a coverage with null begins without a method. */
  readonly coverages: Readonly<Record<string, ResidentCard | null>>
  /** Major units, before tax, by month; a coverage's own where they differ. */
  readonly fees: Readonly<Record<Month, string>>
  /** From these days on its card in `g` is refused with this code. */
  readonly refused?: { readonly from: Moment; readonly declineCode: string }
  readonly trialEndsOn?: Day
  /** Staff keep it from being suspended. */
  readonly isExempt?: boolean
  /** Acts of the last morning, in this order. */
  readonly acts?: readonly ResidentAct[]
}

type Month = '2027-01' | '2027-02'
export type Moment = 'first close' | 'second close' | 'last morning'
export type ResidentAct =
  | 'refund'
  | 'dispute'
  | 'order quoted'
  | 'order held'
  | 'order shipped'
  | 'order failed'
  | 'close'

export interface ResidentCard {
  readonly brand: 'visa' | 'mastercard' | 'jcb'
  /** A published test card; left out, a good card of their own. */
  readonly number?: string
  readonly expires?: string
}

const visa: ResidentCard = { brand: 'visa' }
const mastercard: ResidentCard = { brand: 'mastercard' }
const jcb: ResidentCard = { brand: 'jcb' }
const usual = { '2027-01': '41.20', '2027-02': '43.75' }

const account = (number: number): string => `OP${String(number).padStart(10, '0')}`
const day = (text: string): Day => text as Day // written here, as days are

export const residents: readonly Resident[] = [
  {
    accountId: account(1),
    label: { en: 'pays on time; an order on its way', ja: '支払い済み、注文の処理中' },
    kind: 'business',
    coverages: { g: visa, jp: jcb },
    fees: usual,
    acts: ['order held'],
  },
  {
    accountId: account(2),
    label: { en: 'a payment failed: no funds; an order to confirm', ja: '決済エラー（残高不足）、確定待ちの注文' },
    kind: 'business',
    coverages: { g: mastercard, jp: visa },
    fees: usual,
    refused: { from: 'second close', declineCode: 'insufficient_funds' },
    acts: ['order quoted'],
  },
  {
    accountId: account(3),
    label: { en: 'a payment failed: this card is never tried again', ja: '決済エラー（カードの再利用不可）' },
    kind: 'individual',
    coverages: { g: visa },
    fees: usual,
    refused: { from: 'second close', declineCode: 'lost_card' },
  },
  {
    accountId: account(4),
    label: { en: 'a card that has expired', ja: '有効期限切れのカード' },
    kind: 'individual',
    coverages: { g: { ...visa, expires: '2027-02' } },
    fees: usual,
  },
  {
    accountId: account(5),
    label: { en: 'a bank that asks: press Activate and answer', ja: '本人認証が必要なカード' },
    kind: 'individual',
    coverages: { g: { ...visa, number: '4000002760003184' } },
    fees: usual,
  },
  {
    accountId: account(6),
    label: { en: 'no payment method', ja: 'お支払い方法が未登録' },
    kind: 'individual',
    coverages: { g: null },
    fees: usual,
  },
  {
    accountId: account(7),
    label: { en: 'on trial', ja: 'トライアル中' },
    kind: 'individual',
    coverages: { g: null },
    fees: usual,
    trialEndsOn: day('2027-04-15'),
  },
  {
    accountId: account(8),
    label: { en: 'a trial that has ended', ja: 'トライアル終了後、未登録' },
    kind: 'individual',
    coverages: { g: null },
    fees: usual,
    trialEndsOn: day('2027-02-05'),
  },
  {
    accountId: account(9),
    label: { en: 'months too small to charge, carried over', ja: '少額のため翌月へ繰り越し' },
    kind: 'individual',
    coverages: { g: visa },
    fees: { '2027-01': '0.12', '2027-02': '0.09' },
  },
  {
    accountId: account(10),
    label: { en: 'far above the usual: waits for approval', ja: '通常より高額のため承認待ち' },
    kind: 'business',
    coverages: { g: visa },
    fees: { '2027-01': '20.00', '2027-02': '1900.00' },
  },
  {
    accountId: account(11),
    label: { en: 'suspended: nothing paid for thirty days', ja: '30日間未払いのため停止中' },
    kind: 'individual',
    coverages: { g: visa },
    fees: usual,
    refused: { from: 'first close', declineCode: 'insufficient_funds' },
  },
  {
    accountId: account(12),
    label: { en: 'just as late, but exempted by staff', ja: '未払いだがスタッフが停止を免除' },
    kind: 'business',
    coverages: { g: mastercard },
    fees: usual,
    refused: { from: 'first close', declineCode: 'do_not_honor' },
    isExempt: true,
  },
  {
    accountId: account(13),
    label: { en: 'half of an invoice given back', ja: '請求の一部を返金済み' },
    kind: 'individual',
    coverages: { g: visa },
    fees: usual,
    acts: ['refund'],
  },
  {
    accountId: account(14),
    label: { en: 'a payment disputed at the bank', ja: 'カード会社への異議申し立て' },
    kind: 'individual',
    coverages: { g: visa },
    fees: usual,
    acts: ['dispute'],
  },
  {
    accountId: account(15),
    label: { en: 'an order whose payment failed, another shipped', ja: '注文の決済エラーと発送済みの注文' },
    kind: 'business',
    coverages: { g: visa },
    fees: usual,
    acts: ['order shipped', 'order failed'],
  },
  {
    accountId: account(16),
    label: { en: 'closed', ja: '解約済み' },
    kind: 'individual',
    coverages: { g: visa },
    fees: usual,
    acts: ['close'],
  },
]

export const samUserName = 'sam'
/** Of everybody who lives in the sandbox; nothing there is real. */
export const sandboxPassword = 'kessai-sandbox'
export const emailOf = (accountId: string): string => `root-${Number(accountId.slice(2))}@example.com`
export const staffMembers = [
  { name: 'Ada Admin', email: 'admin@example.com', role: 'admin' },
  { name: 'Ben Billing', email: 'billing@example.com', role: 'billing' },
  { name: 'Sue Support', email: 'support@example.com', role: 'support' },
] as const
