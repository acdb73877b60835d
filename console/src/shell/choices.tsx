/** Language and theme: kept in cookies, so that the server answers the next page in them. */
import { useState } from 'react'
import { language } from '../texts/said.ts'
import { shellTexts } from '../texts/shell.ts'

const keep = (name: string, value: string) => {
  const secure = location.protocol === 'https:' ? '; secure' : ''
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store is not in every browser yet
  document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax${secure}`
}

export function LanguageChoice() {
  const choose = (chosen: string) => {
    keep('kessai_language', chosen)
    location.reload()
  }
  const choices = [
    ['en', 'English'],
    ['ja', '日本語'],
  ] as const
  return <Choice choices={choices} chosen={language} choose={choose} legend={shellTexts.language} name="language" />
}

export function ThemeChoice() {
  const root = document.documentElement
  const [theme, setTheme] = useState(root.dataset.theme ?? 'system')
  const choose = (chosen: string) => {
    keep('kessai_theme', chosen)
    if (chosen === 'system') delete root.dataset.theme
    else root.dataset.theme = chosen
    setTheme(chosen)
  }
  const choices = [
    ['system', shellTexts.system],
    ['light', shellTexts.light],
    ['dark', shellTexts.dark],
  ] as const
  return <Choice choices={choices} chosen={theme} choose={choose} legend={shellTexts.theme} name="theme" />
}

interface ChoiceProps {
  readonly legend: string
  readonly name: string
  readonly choices: readonly (readonly [value: string, label: string])[]
  readonly chosen: string
  readonly choose: (value: string) => void
}

function Choice({ legend, name, choices, chosen, choose }: ChoiceProps) {
  return (
    <fieldset aria-label={legend} className="choice">
      <span aria-hidden="true" className="small">
        {legend}
      </span>
      <span className="choice-of">
        {choices.map(([value, label]) => (
          <label key={value} lang={name === 'language' ? value : undefined}>
            <input checked={value === chosen} name={name} onChange={() => choose(value)} type="radio" value={value} />
            {label}
          </label>
        ))}
      </span>
    </fieldset>
  )
}
