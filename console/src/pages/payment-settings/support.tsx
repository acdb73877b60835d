/** The way to support: the link carries account, coverage, invoice or order, and code, so that nobody has to be asked. */
import { useQuery } from '@tanstack/react-query'
import { coveragesQuery } from '../../api/queries.ts'
import { useMe } from '../../shell/signed-in.tsx'
import { bannerTexts } from '../../texts/banner.tsx'
import type { Coverage } from './page.tsx'

interface SupportProps {
  readonly coverage: Coverage
  readonly code?: string | null
  readonly invoiceIds?: readonly string[]
  readonly orderId?: string | null
  readonly className?: string
}

export function SupportLink({ coverage, code, invoiceIds = [], orderId, className }: SupportProps) {
  const { accountId } = useMe()
  const { data } = useQuery(coveragesQuery)
  if (!data?.supportUrl) return null
  const facts = {
    account: accountId,
    coverage: coverage.coverage,
    ...(invoiceIds.length > 0 ? { invoices: invoiceIds.join(',') } : {}),
    ...(orderId ? { order: orderId } : {}),
    ...(code ? { code } : {}),
  }
  return (
    <a className={className} href={supportAddress(data.supportUrl, facts)} rel="noreferrer">
      {bannerTexts.contactSupport}
    </a>
  )
}

/** A page gets them as its query, an e-mail as its first lines. */
function supportAddress(supportUrl: string, facts: Readonly<Record<string, string>>): string {
  const address = new URL(supportUrl)
  const lines = Object.entries(facts).map(([name, value]) => `${name}: ${value}`)
  const query = address.protocol === 'mailto:' ? { subject: bannerTexts.supportSubject, body: lines.join('\n') } : facts
  // A mail programme reads a plus as a plus.
  const search = new URLSearchParams(query).toString().replaceAll('+', '%20')
  return `${supportUrl}${address.search === '' ? '?' : '&'}${search}`
}
