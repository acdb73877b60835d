/** One sentence in both languages, side by side. The build keeps the one that is spoken (`one-language.ts`). */
export const said = <Sentence>(both: { readonly en: Sentence; readonly ja: Sentence }): Sentence =>
  document.documentElement.lang === 'ja' ? both.ja : both.en

/** The language of this page: the server chose it, from the menu's wish or the browser's. */
export const language: 'en' | 'ja' = said({ en: 'en', ja: 'ja' })
