/** Why a line of an accounts file was refused, and what would be right. The report puts the line's number before it. */
import type { Sentence } from './language.ts'

export interface AccountLineFacts {
  /** What stands there, shortened. */
  readonly found: string
  /** The coverages there are. */
  readonly coverages: string
}

export const accountErrorTexts = {
  not_json: {
    en: 'The line is not a JSON object: write one account to a line.',
    ja: 'JSON オブジェクトではありません。1行に1つのアカウントを記述してください。',
  },
  account_malformed: {
    en: ({ found }) => `"accountId" is ${found}: write OP and ten digits, such as "OP0000000001".`,
    ja: ({ found }) => `「accountId」が ${found} です。OP と10桁の数字で記述してください。`,
  },
  kind_unknown: {
    en: ({ found }) => `"kind" is ${found}: write "individual" or "business".`,
    ja: ({ found }) => `「kind」が ${found} です。"individual" または "business" を指定してください。`,
  },
  email_malformed: {
    en: ({ found }) => `"email" is ${found}: write the address of the account's root user.`,
    ja: ({ found }) => `「email」が ${found} です。ルートユーザーのメールアドレスを記述してください。`,
  },
  coverages_malformed: {
    en: ({ found, coverages }) => `"coverages" is ${found}: write a list of at least one of ${coverages}.`,
    ja: ({ found, coverages }) =>
      `「coverages」が ${found} です。次のうち1つ以上のリストで指定してください：${coverages}`,
  },
  field_unknown: {
    en: ({ found }) => `There is no field ${found}: an account has accountId, kind, email and coverages.`,
    ja: ({ found }) => `フィールド ${found} は存在しません。使用できるのは accountId、kind、email、coverages です。`,
  },
  repeated_otherwise: {
    en: ({ found }) => `${found} is in this file twice, with another kind or e-mail: only the first line counts.`,
    ja: ({ found }) => `${found} がファイル内に異なる内容で2回あります。最初の行のみ有効です。`,
  },
} as const satisfies Record<string, Sentence<AccountLineFacts>>

export type AccountError = keyof typeof accountErrorTexts
