/**
 * Why a line of a fee file was refused, and what would be right. The report puts the line's number before it; nothing of
 * the line's batch was stored, and sending the mended file again stores each line once.
 */
import type { Sentence } from './language.ts'

export interface RefusedLine {
  /** The field or column in question. */
  readonly field: string
  /** What stands there, shortened. */
  readonly found: string
  /** What would be right, where the rules name one thing: a currency, a number of cells, a list of coverages. */
  readonly expected: string
}

export const importErrorTexts = {
  not_json: {
    en: 'The line is not a JSON object: write one object to a line.',
    ja: 'JSON オブジェクトではありません。1行に1つのオブジェクトを記述してください。',
  },
  line_too_long: {
    en: ({ expected }) => `The line is longer than ${expected} bytes: is a line break missing?`,
    ja: ({ expected }) => `行が ${expected} バイトを超えています。改行が抜けていないかご確認ください。`,
  },
  not_utf8: {
    en: 'The line is not UTF-8 text: save the file as UTF-8.',
    ja: 'UTF-8 のテキストではありません。ファイルを UTF-8 で保存してください。',
  },
  quote_unclosed: {
    en: 'A quoted cell is not closed: quotes within a cell are written twice.',
    ja: '引用符が閉じられていません。セル内の引用符は2つ続けて記述してください。',
  },
  column_missing: {
    en: ({ field, found }) => `The header has no column "${field}"; it has ${found}.`,
    ja: ({ field, found }) => `見出し行に列「${field}」がありません。見出し行の列：${found}`,
  },
  column_repeated: {
    en: ({ field }) => `The header names the column "${field}" twice.`,
    ja: ({ field }) => `見出し行に列「${field}」が重複しています。`,
  },
  cells_miscounted: {
    en: ({ found, expected }) => `The row has ${found} cells, the header ${expected}.`,
    ja: ({ found, expected }) => `セルの数は ${found} ですが、見出し行は ${expected} です。`,
  },
  field_missing: {
    en: ({ field }) => `"${field}" is missing.`,
    ja: ({ field }) => `「${field}」がありません。`,
  },
  field_too_long: {
    en: ({ field, expected }) => `"${field}" is longer than ${expected} characters.`,
    ja: ({ field, expected }) => `「${field}」が ${expected} 文字を超えています。`,
  },
  field_not_text: {
    en: ({ field, found }) => `"${field}" is ${found}: write it as text, in quotes.`,
    ja: ({ field, found }) => `「${field}」の値 ${found} は文字列ではありません。引用符で囲んでください。`,
  },
  account_malformed: {
    en: ({ found }) => `"${found}" is not an account id: write OP and ten digits.`,
    ja: ({ found }) => `「${found}」はアカウント ID ではありません。OP と10桁の数字で記述してください。`,
  },
  account_unknown: {
    en: ({ found }) => `There is no account ${found}.`,
    ja: ({ found }) => `アカウント ${found} は存在しません。`,
  },
  coverage_unknown: {
    en: ({ found, expected }) => `There is no coverage "${found}": the coverages are ${expected}.`,
    ja: ({ found, expected }) => `カバレッジ「${found}」は存在しません。指定できる値：${expected}`,
  },
  currency_wrong: {
    en: ({ found, expected }) => `The currency is ${found}, but this coverage is billed in ${expected}.`,
    ja: ({ found, expected }) => `通貨が ${found} ですが、このカバレッジの通貨は ${expected} です。`,
  },
  day_invalid: {
    en: ({ found }) => `"${found}" is no date: write a day as 20270228, or a month as 202702.`,
    ja: ({ found }) => `「${found}」は日付ではありません。日は 20270228、月は 202702 の形式で記述してください。`,
  },
  number_malformed: {
    en: ({ field, found }) =>
      `"${field}" is "${found}", which is no plain decimal: write it without exponent and grouping, such as 0.000015.`,
    ja: ({ field, found }) =>
      `「${field}」の値「${found}」は小数表記ではありません。指数や桁区切りを使わず、0.000015 のように記述してください。`,
  },
  number_not_exact: {
    en: ({ field, found }) =>
      `"${field}" is the JSON number ${found}, which may have lost digits already: write it as text, in quotes.`,
    ja: ({ field, found }) =>
      `「${field}」の値 ${found} は JSON の数値のため、桁が失われている可能性があります。引用符で囲んでください。`,
  },
  too_many_decimals: {
    en: ({ field, found, expected }) => `"${field}" is ${found}: it has more than ${expected} decimals.`,
    ja: ({ field, found, expected }) => `「${field}」の値 ${found} は、小数点以下が ${expected} 桁を超えています。`,
  },
  number_too_large: {
    en: ({ field, found }) => `"${field}" is ${found}, which is too large to be true.`,
    ja: ({ field, found }) => `「${field}」の値 ${found} は大きすぎます。`,
  },
  tax_category_unknown: {
    en: ({ found, expected }) => `There is no tax category "${found}" on that day: there are ${expected}.`,
    ja: ({ found, expected }) => `その日の税区分「${found}」は存在しません。指定できる値：${expected}`,
  },
  content_differs: {
    en: ({ found }) =>
      `"${found}" was imported before with other content and stays as it was: send a correction as a line of its own with a new externalId.`,
    ja: ({ found }) =>
      `「${found}」は別の内容で取り込み済みのため、変更されていません。訂正は新しい externalId の行として送信してください。`,
  },
} as const satisfies Record<string, Sentence<RefusedLine>>
export type ImportError = keyof typeof importErrorTexts
