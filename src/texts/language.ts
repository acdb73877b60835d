/**
 * The two languages the server speaks, and the one shape of a sentence: both languages side by side, written once.
 * A missing language is a type error; a sentence that names sums or dates takes them as values and formats them itself.
 */
export const languages = ['en', 'ja'] as const
export type Language = (typeof languages)[number]

/** A sentence, or a way to make one from `Values`. */
export type Sentence<Values = unknown> = Readonly<Record<Language, string | ((values: Values) => string)>>

/** The sentence in one language, its values filled in. */
export function say<Values>(sentence: Sentence<Values>, language: Language, values: Values): string {
  const text = sentence[language]
  return typeof text === 'string' ? text : text(values)
}
