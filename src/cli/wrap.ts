/** Text that stays within a terminal of 80 columns, a wide character counting as two. */

const columns = 80

/** `text` after `head`, its further lines beneath its beginning. */
export function wrapped(head: string, text: string): string {
  const width = columns - head.length
  const lines: string[] = []
  let line = ''
  for (const word of words(text)) {
    if (line !== '' && widthOf(line + word.trimEnd()) > width) {
      lines.push(line.trimEnd())
      line = ''
    }
    line += word
  }
  lines.push(line.trimEnd())
  return lines.map((part, at) => (at === 0 ? head : ' '.repeat(head.length)) + part).join('\n')
}

/** Pieces between which a line may break, each with the space after it: words, and every wide character. */
const words = (text: string): string[] => text.match(/[\u2e80-\uffef]|[^\s\u2e80-\uffef]+\s*|\s+/g) ?? []

const widthOf = (text: string): number => [...text].reduce((sum, character) => sum + (isWide(character) ? 2 : 1), 0)
const isWide = (character: string): boolean => /[\u2e80-\uffef]/.test(character)
