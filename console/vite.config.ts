/** How the console is built: once per language, so that a page carries the words of one language only. */
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { oneLanguage } from './one-language.ts'

/** `KESSAI_LANGUAGE` is set by `build.ts`; by hand (`vite`), the pages are English. */
const language = process.env.KESSAI_LANGUAGE === 'ja' ? 'ja' : 'en'

export default defineConfig({
  root: import.meta.dirname,
  plugins: [oneLanguage(language), react()],
  build: {
    outDir: `dist/${language}`,
    assetsDir: `assets/${language}`,
    emptyOutDir: true,
    // Which files a page needs: read by the test of their sizes, served to nobody.
    manifest: true,
    target: 'es2022',
    // The policy of our pages allows no data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8480', '/sandbox': 'http://127.0.0.1:8480' } },
})
