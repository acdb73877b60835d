/** What coverage types are called. One that the settings add goes by its code. */
import type { Language, Sentence } from './language.ts'
import { say } from './language.ts'

const names: Readonly<Record<string, Sentence>> = {
  g: { en: 'Global', ja: 'グローバル' },
  jp: { en: 'Japan', ja: '日本' },
}

export function coverageName(coverage: string, language: Language): string {
  const name = Object.hasOwn(names, coverage) ? names[coverage] : undefined
  return name ? say(name, language, null) : coverage
}
