/**
 * What the API says when it cannot do what it was asked: one sentence for each code, in words that say what would be
 * right. Their statuses are in `api/errors.ts`; a code without both does not compile.
 */
import type { AccessRefusal } from '../domain/access.ts'
import type { PutAccountRefusal } from '../domain/account.ts'
import type { OrderRefusal, QuoteRefusal } from '../domain/order.ts'
import type { RegistrationRefusal } from '../domain/registration.ts'
import type { SkipReason } from '../domain/retry.ts'
import type { Sentence } from './language.ts'
import { orderRefusalTexts, quoteRefusalTexts } from './orders.ts'
import { type RepairRefusal, repairRefusalTexts } from './refunds.ts'
import { activateRefusalTexts } from './refusals.ts'
import { type SignInProblem, signInProblemTexts } from './sign-in.ts'

/** Problems of the request itself, whatever it asks for. */
export type RequestProblem =
  | 'invalid_request'
  | 'body_too_large'
  | 'media_type_unsupported'
  | 'route_unknown'
  | 'rate_limited'
  | 'csrf_token_missing'
  | 'idempotency_key_malformed'
  | 'idempotency_key_reused'
  | 'request_in_progress'
  | 'internal'
  | 'unavailable'

/** Why an invoice cannot be tried now. */
export type AttemptRefusal = Exclude<SkipReason, 'account_closed'> | 'nothing_outstanding' | 'activated_too_often'

/** What a payer who registers a card or answers a 3-D Secure question is refused. */
export type RegisteringRefusal = 'registered_too_often' | 'nothing_asked'

/** What is refused of orders. */
export type OrderingRefusal = OrderRefusal | QuoteRefusal | 'external_id_reused'

/** What platforms and staff are refused. */
export type BillingRefusal =
  | PutAccountRefusal
  | 'coverage_unknown'
  | 'request_too_slow'
  | 'fees_unreadable'
  | 'month_not_over'
  | 'month_never_opened'
  | 'trial_ends_in_the_past'
  | 'trial_has_a_method'
  | 'not_awaiting_approval'
  | 'not_outstanding'
  | 'day_in_the_past'
  | 'not_exempt'
  | 'message_not_failed'
  | 'message_link_gone'

export type ProblemCode =
  | RequestProblem
  | AccessRefusal
  | RegistrationRefusal
  | AttemptRefusal
  | RegisteringRefusal
  | BillingRefusal
  | SignInProblem
  | OrderingRefusal
  | RepairRefusal

export const problemTexts = {
  invalid_request: {
    en: 'The request is not valid; `errors` names each field and what would be right.',
    ja: 'リクエストに誤りがあります。errors に該当する項目と正しい形式を示しています。',
  },
  body_too_large: {
    en: 'The request body is larger than this operation accepts.',
    ja: 'リクエスト本文が大きすぎます。',
  },
  request_too_slow: {
    en: 'The request’s body stopped coming. Send it again; of fees, nothing comes in twice.',
    ja: 'リクエスト本文の受信が途中で止まりました。もう一度送信してください（料金が二重に取り込まれることはありません）。',
  },
  media_type_unsupported: {
    en: 'Send the body in the media type that the reference names for this operation.',
    ja: 'この操作で使用できる Content-Type で送信してください。',
  },
  route_unknown: {
    en: 'There is no such address; the reference at /api/reference lists them all.',
    ja: '該当するアドレスはありません。一覧は /api/reference にあります。',
  },
  rate_limited: {
    en: 'Too many requests; try again after the seconds given in Retry-After.',
    ja: 'リクエストが多すぎます。Retry-After に示す秒数が過ぎてからもう一度お試しください。',
  },
  csrf_token_missing: {
    en: 'A request with the session cookie needs the X-CSRF-Token header that sign-in answered.',
    ja: 'セッション Cookie を使うリクエストには、サインイン時に返された X-CSRF-Token ヘッダーが必要です。',
  },
  idempotency_key_malformed: {
    en: 'An Idempotency-Key is 1 to 100 visible ASCII characters.',
    ja: 'Idempotency-Key は1～100文字の ASCII 文字で指定してください。',
  },
  idempotency_key_reused: {
    en: 'This Idempotency-Key was used for another request; use a new one.',
    ja: 'この Idempotency-Key は別のリクエストで使用されています。新しいキーを指定してください。',
  },
  request_in_progress: {
    en: 'The request with this Idempotency-Key is still being worked on; ask again in a moment.',
    ja: 'この Idempotency-Key のリクエストは処理中です。しばらくしてからもう一度お試しください。',
  },
  internal: {
    en: 'Something went wrong on our side. The request id helps support to find out what.',
    ja: 'システムでエラーが発生しました。お問い合わせの際はリクエスト ID をお知らせください。',
  },
  unavailable: {
    en: 'The service is not ready; try again in a moment.',
    ja: '現在サービスをご利用いただけません。しばらくしてからもう一度お試しください。',
  },
  sign_in_required: {
    en: 'Sign in first, or sign in again: there is no session or key, or it is no longer valid.',
    ja: 'サインインしてください。セッションまたはキーがないか、有効期限が切れています。',
  },
  root_only: {
    en: 'Only the root user of this account can see or change payment information.',
    ja: 'お支払い情報を参照・変更できるのは、このアカウントのルートユーザーのみです。',
  },
  not_permitted: {
    en: 'Your role or key does not permit this operation.',
    ja: 'この操作を行う権限がありません。',
  },
  not_found: {
    en: 'There is nothing under this id.',
    ja: '該当するデータがありません。',
  },
  account_unknown: {
    en: 'The account does not use this coverage.',
    ja: 'このアカウントは該当するカバレッジを利用していません。',
  },
  account_closed: {
    en: 'The account is closed; nothing can be registered or charged.',
    ja: 'アカウントは解約されているため、登録も決済もできません。',
  },
  gateway_unavailable: {
    en: 'The card gateway does not answer at the moment; nothing was changed. Try again in a few minutes.',
    ja: '現在カード決済サービスに接続できません。変更は行われていません。数分後にもう一度お試しください。',
  },
  method_missing: activateRefusalTexts.method_missing,
  method_not_card: activateRefusalTexts.method_not_card,
  charge_unsettled: activateRefusalTexts.charge_unsettled,
  code_forbids_retry: activateRefusalTexts.code_forbids_retry,
  network_count_reached: activateRefusalTexts.network_count_reached,
  customer_needed: activateRefusalTexts.customer_needed,
  card_expired: activateRefusalTexts.card_expired,
  prescribed_delay: activateRefusalTexts.prescribed_delay,
  payment_disputed: activateRefusalTexts.payment_disputed,
  nothing_outstanding: activateRefusalTexts.nothing_outstanding,
  activated_too_often: activateRefusalTexts.activated_too_often,
  registered_too_often: {
    en: 'Too many cards were declined here within an hour. Nothing was changed; try again after the seconds given in Retry-After.',
    ja: '1時間以内に承認されなかったカードが多すぎます。変更は行われていません。Retry-After に示す秒数が過ぎてからもう一度お試しください。',
  },
  nothing_asked: {
    en: 'This payment asks the payer nothing (any more); the payment settings show what became of it.',
    ja: 'このお支払いに必要なお手続きはありません。結果はお支払い設定でご確認いただけます。',
  },
  account_kind_fixed: {
    en: 'The kind of an account never changes.',
    ja: 'アカウントの種別は変更できません。',
  },
  email_taken: {
    en: 'The root user of another account signs in with this e-mail address.',
    ja: 'このメールアドレスは別のアカウントのルートユーザーが使用しています。',
  },
  coverage_unknown: {
    en: 'There is no such coverage in the settings.',
    ja: '該当するカバレッジはありません。',
  },
  fees_unreadable: {
    en: 'The body as a whole cannot be fees; `errors` says why. Nothing of what is named there was imported.',
    ja: '料金データとして読み取れません。理由は errors に示しています。',
  },
  month_not_over: {
    en: 'The month is not over in the coverage’s zone, so its fees cannot be complete.',
    ja: 'カバレッジのタイムゾーンでその月はまだ終わっていません。',
  },
  month_never_opened: {
    en: 'A later month has closed already, and this one never opened: it has no fees.',
    ja: 'より後の月がすでに締められており、この月は開かれませんでした。',
  },
  day_in_the_past: {
    en: 'The day is over: name a later one.',
    ja: '指定された日は過ぎています。より後の日付を指定してください。',
  },
  not_exempt: {
    en: 'There is no exemption to end.',
    ja: '解除する対象外の設定がありません。',
  },
  trial_ends_in_the_past: {
    en: 'The last day of a trial is today or later.',
    ja: 'トライアルの最終日には今日以降の日付を指定してください。',
  },
  trial_has_a_method: {
    en: 'The account has a payment method in this coverage; a trial is for accounts without one.',
    ja: 'このカバレッジにはお支払い方法が登録されています。トライアルは未登録のアカウントのみ対象です。',
  },
  not_awaiting_approval: {
    en: 'The invoice does not wait for approval.',
    ja: 'この請求は承認待ちではありません。',
  },
  message_not_failed: {
    en: 'This e-mail has not failed: it was sent, waits to be sent, or is no longer true.',
    ja: 'このメールは送信に失敗していません（送信済み、送信待ち、または不要になっています）。',
  },
  message_link_gone: {
    en: 'The link in this e-mail is gone with it; have a new one made instead.',
    ja: 'このメールのリンクは無効になりました。新しいリンクを発行してください。',
  },
  not_outstanding: {
    en: 'The invoice is not outstanding, so there is nothing to try again.',
    ja: 'この請求は未払いではないため、再決済の対象ではありません。',
  },
  ...orderRefusalTexts,
  ...quoteRefusalTexts,
  ...signInProblemTexts,
  ...repairRefusalTexts,
} as const satisfies Record<ProblemCode, Sentence<never>>

/** What a sentence may name. */
export interface ProblemFacts {
  readonly [name: string]: unknown
}
