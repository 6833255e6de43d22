import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['@roundtrip/source'] },
  test: {
    environment: 'jsdom',
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/angular.ts'],
    // Ionic's modules import each other without file extensions, which Node does not resolve.
    server: { deps: { inline: [/@ionic\/angular/] } },
  },
});
