/** Letters that only one of the languages needs are fetched by its pages alone, and of them the slices that are used. */
import { said } from './said.ts'

const loadLetters = said<() => Promise<unknown>>({
  en: () => Promise.resolve(),
  ja: () => import('@fontsource-variable/noto-sans-jp/wght.css'),
})

void loadLetters()
