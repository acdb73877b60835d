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
