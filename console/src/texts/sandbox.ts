/** The sandbox's bar. */
import { said } from './said.ts'

export const sandboxTexts = {
  name: said({ en: 'Sandbox', ja: 'サンドボックス' }),
  about: said({
    en: 'Nothing here is real. Time moves when you move it, and everything due on the way happens.',
    ja: 'ここでの操作はすべて実在しません。時刻を進めると、その間に予定されている処理が実行されます。',
  }),
  open: said({ en: 'Controls', ja: '操作' }),
  move: said({ en: 'Move time', ja: '時刻を進める' }),
  day: said({ en: '+1 day', ja: '1日' }),
  week: said({ en: '+1 week', ja: '1週間' }),
  nextMonth: said({ en: 'To the next month', ja: '翌月へ' }),
  moving: said({ en: (now: string) => `Time moves: ${now}`, ja: (now: string) => `時刻を進めています：${now}` }),
  card: said({ en: 'From now on this card', ja: '今後のカードの応答' }),
  behaviours: {
    declined: said({ en: 'is declined without a reason', ja: '理由なく拒否' }),
    insufficient_funds: said({ en: 'has insufficient funds', ja: '残高不足' }),
    lost: said({ en: 'is reported lost', ja: '紛失の届け出' }),
    needs_3ds: said({ en: 'asks its payer (3-D Secure)', ja: '本人認証を要求' }),
    cured: said({ en: 'works', ja: '利用可能' }),
  },
  mail: said({ en: 'E-mails', ja: 'メール' }),
  signInAs: said({ en: 'Sign in as', ja: 'サインインするユーザー' }),
  done: said({ en: 'Done.', ja: '完了しました。' }),
  failed: said({ en: 'That did not work.', ja: '実行できませんでした。' }),
}
