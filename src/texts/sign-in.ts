/** What is said about signing in, passwords and codes when it cannot be done, and whom a SAM user is to ask. */
import type { PasswordRefusal } from '../domain/password.ts'
import type { Sentence } from './language.ts'

export type SignInProblem =
  | PasswordRefusal
  | 'sign_in_failed'
  | 'totp_required'
  | 'totp_wrong'
  | 'totp_not_set_up'
  | 'password_wrong'
  | 'code_wrong'
  | 'totp_on_already'
  | 'totp_not_begun'
  | 'totp_not_on'
  | 'link_not_good'
  | 'user_name_taken'
  | 'staff_email_taken'
  | 'last_admin'
  | 'root_not_invitable'

export const signInProblemTexts = {
  sign_in_failed: {
    en: 'The name or the password is not right. If you forgot the password, you can set a new one.',
    ja: 'ユーザー名またはパスワードが正しくありません。パスワードをお忘れの場合は再設定してください。',
  },
  totp_required: {
    en: 'The password is right; now send the code of your authenticator app, or a backup code, as `code` as well.',
    ja: '認証アプリに表示されているコード、またはバックアップコードを code に指定してください。',
  },
  totp_wrong: {
    en: 'The code is not right, or was used before. Wait for the next one that your app shows.',
    ja: 'コードが正しくないか、すでに使用されています。次に表示されるコードを入力してください。',
  },
  totp_not_set_up: {
    en: 'Staff sign in with one-time passwords, and yours are not set up. Ask an admin for a new invitation.',
    ja: '担当者のサインインにはワンタイムパスワードが必要です。管理者に再招待を依頼して設定してください。',
  },
  password_wrong: {
    en: 'Your present password is not right.',
    ja: '現在のパスワードが正しくありません。',
  },
  code_wrong: {
    en: 'The code is not right, or was used before. Wait for the next one that your app shows.',
    ja: 'コードが正しくないか、すでに使用されています。次に表示されるコードを入力してください。',
  },
  totp_on_already: {
    en: 'One-time passwords are on already; turn them off before you set them up anew.',
    ja: 'ワンタイムパスワードはすでに有効です。再設定するには、いったん無効にしてください。',
  },
  totp_not_begun: {
    en: 'Ask for a secret first, and add it to your authenticator app.',
    ja: '先にシークレットを発行し、認証アプリに登録してください。',
  },
  totp_not_on: {
    en: 'One-time passwords are not on.',
    ja: 'ワンタイムパスワードは有効になっていません。',
  },
  password_too_short: {
    en: 'A password has 10 characters or more; a sentence is a good one.',
    ja: 'パスワードは10文字以上で設定してください。',
  },
  password_too_long: {
    en: 'A password has 200 characters at most.',
    ja: 'パスワードは200文字以内で設定してください。',
  },
  password_guessable: {
    en: 'This password is too easily guessed: it repeats itself, or is your own name.',
    ja: '推測されやすいパスワードです。同じ文字の繰り返しや、ユーザー名と同じものは使用できません。',
  },
  link_not_good: {
    en: 'The link was used, has run out, or a later one was sent. Ask for a new one.',
    ja: 'リンクは使用済みか、有効期限が切れています。もう一度リンクをお取り寄せください。',
  },
  user_name_taken: {
    en: 'The account has a SAM user of this name.',
    ja: 'この名前の SAM ユーザーはすでに存在します。',
  },
  staff_email_taken: {
    en: 'A staff member has this e-mail address, or had it.',
    ja: 'このメールアドレスは別の担当者に登録されています。',
  },
  last_admin: {
    en: 'This is the last admin: without one, nobody could let anybody in.',
    ja: '最後の管理者のため、無効にできません。',
  },
  root_not_invitable: {
    en: 'Nobody can sign in for this account: another account’s root user has the same e-mail address.',
    ja: 'このアカウントのルートユーザーはサインインできません（メールアドレスが別のアカウントと重複しています）。',
  },
} as const satisfies Record<SignInProblem, Sentence>

/** Told to SAM users, who see nothing of payment: who does. No name and no address of that person is given away. */
export const whoCanHelpText: Sentence<{ readonly accountId: string }> = {
  en: ({ accountId }) => `Payment information belongs to the root user of ${accountId}, who can see and change it.`,
  ja: ({ accountId }) =>
    `お支払い情報の参照・変更は、${accountId} のルートユーザーのみが行えます。ルートユーザーにお問い合わせください。`,
}
