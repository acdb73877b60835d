/** The payer's console: knows `openapi.json`, and nothing else of the server. */
import '@fontsource-variable/inter/wght.css'
import './look/tokens.css'
import './look/page.css'
import { QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { RouterProvider } from 'react-router/dom'
import { queries } from './api/queries.ts'
import { router } from './routes.tsx'
import './texts/font.ts'

const root = document.getElementById('root')
if (!root) throw new Error('the page has no root')
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
)
