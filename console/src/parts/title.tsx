/** The page's name: in the page, and on the browser's tab. */
import { useEffect } from 'react'

export function PageTitle({ children, unseen = false }: { readonly children: string; readonly unseen?: boolean }) {
  useEffect(() => {
    document.title = `${children} · Kessai`
  }, [children])
  return <h1 className={unseen ? 'unseen' : 'page-title'}>{children}</h1>
}
