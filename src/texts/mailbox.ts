/** The words of the sandbox's page of caught mail. */
import type { Language } from './language.ts'

type Word = Readonly<Record<Language, string>>

export const mailboxTexts = {
  title: { en: 'Caught mail', ja: '受信したメール' },
  about: {
    en: 'What the system would have sent. Nothing left this machine.',
    ja: 'システムが送信するはずだったメールです。このマシンの外には送信されていません。',
  },
  none: { en: 'No mail yet.', ja: 'メールはまだありません。' },
  to: { en: 'To', ja: '宛先' },
  from: { en: 'From', ja: '差出人' },
  subject: { en: 'Subject', ja: '件名' },
  at: { en: 'Caught at', ja: '受信日時' },
  refresh: { en: 'Refresh', ja: '更新' },
  clear: { en: 'Delete all', ja: 'すべて削除' },
  back: { en: 'All mail', ja: '一覧に戻る' },
  html: { en: 'As HTML', ja: 'HTML 表示' },
  text: { en: 'As text', ja: 'テキスト表示' },
  gone: { en: 'There is no such mail any more.', ja: '該当するメールはもうありません。' },
} as const satisfies Record<string, Word>
