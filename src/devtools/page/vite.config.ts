import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig } from 'vite';

export default defineConfig({
  // The dev server reserves all other paths for the API.
  base: '/_page/',
  plugins: [react()],
  resolve: { conditions: ['@roundtrip/source', ...defaultClientConditions] },
  build: {
    outDir: '../../../.roundtrip/page',
    emptyOutDir: true,
    // The page's content security policy forbids data: URLs.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
