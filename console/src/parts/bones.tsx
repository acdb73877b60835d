/** What is not there yet keeps its place, so that nothing jumps when it comes. */
import { partTexts } from '../texts/parts.ts'

/** A table that is being read. */
export function Rows({ count }: { readonly count: number }) {
  return (
    <div aria-label={partTexts.loading} role="status">
      <table aria-hidden="true" className="rows">
        <tbody>
          {Array.from({ length: count }, (_, index) => index).map((index) => (
            <tr key={index}>
              <td>
                <span className="bone wide" />
              </td>
              <td className="number">
                <span className="bone" />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
