/** Signing in, and passwords. */
import { said } from './said.ts'

export const signInTexts = {
  title: said({ en: 'Sign in', ja: 'サインイン' }),
  over: said({
    en: 'Your session has ended. Sign in again, and you are back where you were.',
    ja: 'セッションが終了しました。もう一度サインインすると、元のページに戻ります。',
  }),
  as: said({ en: 'Sign in as', ja: 'サインインするユーザー' }),
  kinds: {
    root: said({ en: 'Root user', ja: 'ルートユーザー' }),
    sam: said({ en: 'SAM user', ja: 'SAM ユーザー' }),
  },
  email: said({ en: 'E-mail', ja: 'メールアドレス' }),
  accountId: said({ en: 'Account ID', ja: 'アカウント ID' }),
  accountIdNote: said({ en: 'OP and ten digits', ja: 'OP で始まる10桁の番号' }),
  userName: said({ en: 'User name', ja: 'ユーザー名' }),
  password: said({ en: 'Password', ja: 'パスワード' }),
  code: said({ en: 'Code of your authenticator app', ja: '認証アプリのコード' }),
  codeNote: said({ en: 'Six digits, or one of your backup codes', ja: '6桁の数字、またはバックアップコード' }),
  signIn: said({ en: 'Sign in', ja: 'サインイン' }),
  signingIn: said({ en: 'Signing in …', ja: 'サインインしています…' }),
  forgotten: said({ en: 'Forgotten your password?', ja: 'パスワードをお忘れですか？' }),
  forgottenTitle: said({ en: 'Set a new password', ja: 'パスワードの再設定' }),
  forgottenLead: said({
    en: 'Enter the e-mail address of the root user. A link to set a new password is sent there.',
    ja: 'ルートユーザーのメールアドレスを入力してください。パスワードを再設定するためのリンクをお送りします。',
  }),
  samForgotten: said({
    en: 'A SAM user’s password is set by the root user.',
    ja: 'SAM ユーザーのパスワードは、ルートユーザーが設定します。',
  }),
  send: said({ en: 'Send the link', ja: 'リンクを送信' }),
  sending: said({ en: 'Sending …', ja: '送信しています…' }),
  linkSent: said({
    en: 'If somebody has this address, an e-mail is on its way. Its link is good for 30 minutes and works once.',
    ja: 'このメールアドレスが登録されている場合、メールをお送りしました。リンクの有効期限は30分で、1回だけ使えます。',
  }),
  backToSignIn: said({ en: 'Back to sign-in', ja: 'サインインに戻る' }),
  newLink: said({ en: 'Ask for a new link', ja: '新しいリンクを受け取る' }),
  setTitle: said({ en: 'Set a password', ja: 'パスワードの設定' }),
  newPassword: said({ en: 'New password', ja: '新しいパスワード' }),
  newPasswordNote: said({
    en: 'Ten characters or more; a sentence is a good one',
    ja: '10文字以上。文章にすると安全で覚えやすくなります',
  }),
  set: said({ en: 'Set password', ja: 'パスワードを設定' }),
  setting: said({ en: 'Setting …', ja: '設定しています…' }),
  isSet: said({
    en: 'Your password is set. You can sign in with it now.',
    ja: 'パスワードを設定しました。新しいパスワードでサインインできます。',
  }),
}
