/**
 * Both languages stand side by side in `src/texts/`, and a page carries one of them: `said({ en: …, ja: … })` becomes
 * the half that is spoken. Parsed by TypeScript itself, so whatever a sentence contains is copied as it was written.
 */
import ts from 'typescript'
import type { Plugin } from 'vite'

export const oneLanguage = (language: 'en' | 'ja'): Plugin => ({
  name: 'one-language',
  enforce: 'pre',
  transform: (code, id) =>
    /\/src\/texts\/[\w-]+\.tsx?$/.test(id) ? { code: spoken(code, id, language), map: null } : null,
})

/** Throws where a `said(…)` is not an object of exactly `en` and `ja`. */
export function spoken(code: string, file: string, language: 'en' | 'ja'): string {
  const source = ts.createSourceFile(file, code, ts.ScriptTarget.Latest, true)
  const replaced: { from: number; to: number; by: string }[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.getText(source) === 'said') {
      const half = halfOf(node.arguments[0], language)
      if (!half) throw new Error(`${file}: said() takes { en: …, ja: … }: ${node.getText(source).slice(0, 80)}`)
      replaced.push({ from: node.getStart(source), to: node.end, by: `(${half.getText(source)})` })
    } else ts.forEachChild(node, visit)
  }
  visit(source)
  return replaced.reduceRight((text, { from, to, by }) => text.slice(0, from) + by + text.slice(to), code)
}

function halfOf(both: ts.Expression | undefined, language: 'en' | 'ja'): ts.Expression | null {
  if (!both || !ts.isObjectLiteralExpression(both)) return null
  const halves = new Map(
    both.properties.flatMap((property) =>
      ts.isPropertyAssignment(property) ? [[property.name.getText(), property.initializer] as const] : [],
    ),
  )
  return halves.size === 2 && halves.has('en') ? (halves.get(language) ?? null) : null
}
