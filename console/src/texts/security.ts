/** Security of one's own sign-in. */
import { said } from './said.ts'

export const securityTexts = {
  title: said({ en: 'Security', ja: 'セキュリティ' }),
  totp: said({ en: 'One-time passwords', ja: 'ワンタイムパスワード' }),
  totpNote: said({ en: 'A second step when you sign in.', ja: 'サインイン時の2段階認証です。' }),
  codesLeft: said({
    en: (count: number) => `${count} backup codes are left.`,
    ja: (count: number) => `バックアップコードの残り：${count}個`,
  }),
  isOn: said({
    en: 'On: signing in asks for a code of your authenticator app.',
    ja: '有効です。サインイン時に認証アプリのコードが必要です。',
  }),
  isOff: said({
    en: 'Off. With them on, a stolen password alone opens nothing.',
    ja: '無効です。有効にすると、パスワードが漏れただけではサインインできなくなります。',
  }),
  turnOn: said({ en: 'Turn on', ja: '有効にする' }),
  turnOff: said({ en: 'Turn off', ja: '無効にする' }),
  turnOffLead: said({
    en: 'Enter your password and a code once more. The backup codes go with them.',
    ja: 'パスワードとコードをもう一度入力してください。バックアップコードも無効になります。',
  }),
  askPassword: said({ en: 'First enter your present password.', ja: 'はじめに現在のパスワードを入力してください。' }),
  next: said({ en: 'Continue', ja: '次へ' }),
  cancel: said({ en: 'Cancel', ja: 'キャンセル' }),
  scan: said({
    en: 'Scan this with an authenticator app, then enter the code that it shows.',
    ja: '認証アプリで読み取り、表示されたコードを入力してください。',
  }),
  qr: said({ en: 'QR code for your authenticator app', ja: '認証アプリ用の QR コード' }),
  orType: said({ en: 'Or type this secret:', ja: '読み取れない場合はこのシークレットを入力：' }),
  firstCode: said({ en: 'Six digits', ja: '6桁の数字' }),
  nowOn: said({ en: 'One-time passwords are on.', ja: 'ワンタイムパスワードを有効にしました。' }),
  keepCodes: said({
    en: 'Keep these backup codes where you find them without your phone: each signs in once. They are not shown again.',
    ja: '以下のバックアップコードを、スマートフォンがなくても確認できる場所に保管してください。それぞれ1回だけ使えます。再表示はできません。',
  }),
  copy: said({ en: 'Copy', ja: 'コピー' }),
  copied: said({ en: 'Copied', ja: 'コピーしました' }),
  keptThem: said({ en: 'I have kept them', ja: '保管しました' }),
  password: said({ en: 'Password', ja: 'パスワード' }),
  passwordNote: said({ en: 'Changing it ends your other sessions.', ja: '変更すると、ほかのセッションは終了します。' }),
  present: said({ en: 'Present password', ja: '現在のパスワード' }),
  change: said({ en: 'Change password', ja: 'パスワードを変更' }),
  changed: said({ en: 'Your password is changed.', ja: 'パスワードを変更しました。' }),
  sessions: said({ en: 'Where you are signed in', ja: 'サインイン中の端末' }),
  sessionsNote: said({ en: 'End what you do not know.', ja: '心当たりのないものは終了してください。' }),
  thisOne: said({ en: 'this one', ja: 'この端末' }),
  lastSeen: said({ en: (at: string) => `last seen ${at}`, ja: (at: string) => `最終利用 ${at}` }),
  end: said({ en: 'End', ja: '終了' }),
  endOthers: said({ en: 'End all others', ja: 'ほかをすべて終了' }),
}
