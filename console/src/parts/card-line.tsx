/** `Visa •••• 0341`; the dots are for eyes, ears hear “ending in 0341”. */
import { brandNames, partTexts } from '../texts/parts.ts'

interface CardProps {
  readonly brand: string
  readonly last4: string
}

export const brandName = (brand: string): string => brandNames.get(brand) ?? brand

export function CardLine({ brand, last4 }: CardProps) {
  return (
    <span className="together">
      {brandName(brand)} <span aria-hidden="true">••••</span>
      <span className="unseen">{partTexts.endingIn}</span> {last4}
    </span>
  )
}

export const BrandChip = ({ brand }: Pick<CardProps, 'brand'>) => (
  <span aria-hidden="true" className="chip">
    {(brandChips.get(brand) ?? brand).toUpperCase()}
  </span>
)

const brandChips = new Map([
  ['mastercard', 'mc'],
  ['american_express', 'amex'],
])
