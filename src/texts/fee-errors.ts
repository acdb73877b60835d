/**
 * Why a line of fees, or a whole file, is refused, and what would be right: read by whoever exports these files from a
 * platform. Names of fields and values stand as they are in the file; a reason without a sentence does not compile.
 */
import type { FeeFileProblem, FeeRefusal } from '../domain/fee-refusal.ts'
import { type Language, type Sentence, say } from './language.ts'

/** `amount "1e-7": exponents are not read; write 0.0000001` */
export const refusalText = (refusal: FeeRefusal, language: Language): string =>
  // The table gives each code the sentence of its own kind of refusal.
  say(feeRefusalTexts[refusal.code] as Sentence<FeeRefusal>, language, refusal)

export const fileProblemText = (problem: FeeFileProblem, language: Language): string =>
  // As above.
  say(feeFileTexts[problem.code] as Sentence<FeeFileProblem>, language, problem)

/** The members of a union that may have this code. */
type With<Code, Union> = Union extends { readonly code: infer Codes } ? (Code extends Codes ? Union : never) : never
type SentencesFor<Union extends { readonly code: string }> = {
  readonly [Code in Union['code']]: Sentence<With<Code, Union>>
}

const quoted = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
const listed = (texts: readonly string[]): string => (texts.length === 0 ? '-' : texts.join(', '))

export const feeRefusalTexts: SentencesFor<FeeRefusal> = {
  missing: {
    en: ({ field }) => `${field} is missing`,
    ja: ({ field }) => `${field} がありません`,
  },
  not_text: {
    en: ({ field }) => `${field}: write it as text, in quotes`,
    ja: ({ field }) => `${field}: 引用符で囲んだ文字列で書いてください`,
  },
  control_character: {
    en: ({ field }) => `${field} holds a control character: leave it out`,
    ja: ({ field }) => `${field} に制御文字が含まれています。取り除いてください`,
  },
  not_unicode: {
    en: ({ field }) => `${field} holds half of a surrogate pair (\\ud800-\\udfff): write the whole character`,
    ja: ({ field }) => `${field} に不完全なサロゲートペア(\\ud800-\\udfff)があります。文字全体を書いてください`,
  },
  too_long: {
    en: ({ field, limit }) => `${field} is longer than ${limit} characters: shorten it`,
    ja: ({ field, limit }) => `${field} は${limit}文字以内にしてください`,
  },
  account_malformed: {
    en: ({ value }) => `accountId ${quoted(value)}: an account is OP and ten digits, such as OP0012345678`,
    ja: ({ value }) => `accountId ${quoted(value)}: OPと数字10桁で書いてください(例 OP0012345678)`,
  },
  coverage_not_configured: {
    en: ({ value, known }) => `coverage ${quoted(value)} is not configured: there are ${listed(known)}`,
    ja: ({ value, known }) => `coverage ${quoted(value)} は設定されていません。設定済み: ${listed(known)}`,
  },
  date_malformed: {
    en: ({ value }) => `date ${quoted(value)}: write 20270131 or 2027-01-31, or 202701 for the whole month`,
    ja: ({ value }) => `date ${quoted(value)}: 20270131 か 2027-01-31、月全体は 202701 と書いてください`,
  },
  date_too_late: {
    en: ({ value, latest }) => `date ${quoted(value)} lies too far ahead: fees are taken up to ${latest}`,
    ja: ({ value, latest }) => `date ${quoted(value)} は先の日付です。受け付けるのは ${latest} までです`,
  },
  number_malformed: {
    en: ({ field, value }) =>
      `${field} ${quoted(value)}: write plain digits with a point before the decimals, such as -1234.5, without grouping, currency or blanks`,
    ja: ({ field, value }) =>
      `${field} ${quoted(value)}: -1234.5 のように数字と小数点だけで書いてください(桁区切り、通貨記号、空白なし)`,
  },
  number_too_large: {
    en: ({ field, value }) => `${field} ${quoted(value)}: at most 18 digits may stand before the point`,
    ja: ({ field, value }) => `${field} ${quoted(value)}: 整数部は18桁以内にしてください`,
  },
  number_exponent: {
    en: ({ field, value, plain }) =>
      plain === null
        ? `${field} ${quoted(value)}: exponents are not read; write plain digits, with at most 12 decimals`
        : `${field} ${quoted(value)}: exponents are not read; write ${plain}`,
    ja: ({ field, value, plain }) =>
      plain === null
        ? `${field} ${quoted(value)}: 指数表記は使えません。小数12桁以内の数字で書いてください`
        : `${field} ${quoted(value)}: 指数表記は使えません。${plain} と書いてください`,
  },
  number_too_precise: {
    en: ({ field, value, decimals }) =>
      `${field} ${quoted(value)} has ${decimals} decimals: at most 12 are read; round it where it is made`,
    ja: ({ field, value, decimals }) =>
      `${field} ${quoted(value)} は小数${decimals}桁です。12桁以内に丸めて出力してください`,
  },
  currency_differs: {
    en: ({ value, right }) => `currency ${quoted(value)}: this coverage is billed in ${right}`,
    ja: ({ value, right }) => `currency ${quoted(value)}: このカバレッジの通貨は ${right} です`,
  },
  tax_category_unknown: {
    en: ({ value, known }) => `taxCategory ${quoted(value)} has no rate on that day: there are ${listed(known)}`,
    ja: ({ value, known }) => `taxCategory ${quoted(value)} の税率はその日にありません。設定済み: ${listed(known)}`,
  },
  attributes_malformed: {
    en: 'attributes: write an object whose values are all text, such as {"sim":"8981…"}',
    ja: 'attributes: 値がすべて文字列のオブジェクトで書いてください(例 {"sim":"8981…"})',
  },
  line_not_utf8: {
    en: 'the line is not UTF-8: save the file as UTF-8',
    ja: 'UTF-8ではない行です。ファイルをUTF-8で保存してください',
  },
  line_too_long: {
    en: ({ limit }) => `the line is longer than ${limit / 1024} KiB: one fee needs less; is a line end missing?`,
    ja: ({ limit }) => `行が${limit / 1024} KiBを超えています。改行が抜けていませんか`,
  },
  quote_open: {
    en: 'a quote (") is opened and never closed: close it, or write "" for a quote inside quotes',
    ja: '引用符(")が閉じられていません。閉じるか、引用符の中では "" と書いてください',
  },
  quote_stray: {
    en: 'a quote (") stands where none may: put the whole cell in quotes, and write "" for a quote inside them',
    ja: '引用符(")の位置が正しくありません。セル全体を引用符で囲み、中の引用符は "" と書いてください',
  },
  json_malformed: {
    en: ({ found }) => `not a JSON object: ${quoted(found)}; write one object {…} on each line`,
    ja: ({ found }) => `JSONオブジェクトではありません: ${quoted(found)}。1行に1つの {…} を書いてください`,
  },
  field_unknown: {
    en: ({ found, known }) =>
      `there is no field ${quoted(found)}: put it into attributes, or is it one of ${listed(known)}?`,
    ja: ({ found, known }) =>
      `${quoted(found)} という項目はありません。attributes に入れるか、次のいずれかにしてください: ${listed(known)}`,
  },
  cells_differ: {
    en: ({ found, expected }) =>
      `${found} cells where the header has ${expected}: a cell with a comma in it is put in quotes`,
    ja: ({ found, expected }) =>
      `見出しは${expected}列ですが${found}列あります。カンマを含むセルは引用符で囲んでください`,
  },
  account_unknown: {
    en: ({ value }) => `there is no account ${value}: make it known before its fees`,
    ja: ({ value }) => `アカウント ${value} は登録されていません。先にアカウントを登録してください`,
  },
  coverage_not_enabled: {
    en: ({ value, accountId }) => `account ${accountId} does not use coverage ${value}: enable it first`,
    ja: ({ value, accountId }) =>
      `アカウント ${accountId} はカバレッジ ${value} を利用していません。先に有効にしてください`,
  },
  account_closed: {
    en: ({ value, accountId, closedOn }) =>
      `account ${accountId} was closed on ${closedOn}: nothing of ${value} can be billed to it`,
    ja: ({ value, accountId, closedOn }) =>
      `アカウント ${accountId} は ${closedOn} に解約済みのため、${value} の料金は請求できません`,
  },
  content_differs: {
    en: ({ value, known, sent }) =>
      `externalId ${quoted(value)} is known with other content: known ${known}; sent ${sent}. Send a correction as a line of its own under a new externalId`,
    ja: ({ value, known, sent }) =>
      `externalId ${quoted(value)} は別の内容で登録済みです。登録済み: ${known} 送信: ${sent}。訂正は新しい externalId の行で送ってください`,
  },
}

export const feeFileTexts: SentencesFor<FeeFileProblem> = {
  column_missing: {
    en: ({ missing, found }) =>
      `the header lacks ${listed(missing)} (found: ${listed(found.map(quoted))}); the first line of CSV names the columns`,
    ja: ({ missing, found }) =>
      `見出しに ${listed(missing)} がありません(見つかった列: ${listed(found.map(quoted))})。CSVの1行目には列名を書いてください`,
  },
  column_twice: {
    en: ({ name }) => `the header names ${quoted(name)} twice: which of the two is meant?`,
    ja: ({ name }) => `見出しに ${quoted(name)} が2回あります。どちらか1つにしてください`,
  },
  header_unreadable: {
    en: 'the first line cannot be read as the header of CSV: is the file UTF-8, and are its quotes closed?',
    ja: '1行目をCSVの見出しとして読めません。UTF-8で保存され、引用符が閉じられているか確認してください',
  },
  gzip_broken: {
    en: 'this is not whole gzip: lines before the break are in; send the whole file again, nothing comes in twice',
    ja: 'gzip として最後まで読めません。それより前の行は取り込み済みです。完全なファイルをもう一度送ってください（二重には取り込まれません）',
  },
  account_needed: {
    en: 'a billing CSV does not say whose it is: add  --account OP0012345678 --coverage g',
    ja: '請求CSVにはアカウントが書かれていません。--account OP0012345678 --coverage g を付けてください',
  },
}
