/** A QR code as one path of an image: nothing inline that the page's policy would refuse. */
import { encode } from 'uqr'

export function QrCode({ text, label }: { readonly text: string; readonly label: string }) {
  const { data, size } = encode(text, { border: 2 })
  const dark = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])))
  return (
    <svg aria-label={label} className="qr-code" role="img" shapeRendering="crispEdges" viewBox={`0 0 ${size} ${size}`}>
      <path className="qr-ground" d={`M0 0h${size}v${size}h-${size}z`} />
      <path d={dark.join('')} />
    </svg>
  )
}
