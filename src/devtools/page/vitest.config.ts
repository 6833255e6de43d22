import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['@roundtrip/source'] },
  ssr: { resolve: { conditions: ['@roundtrip/source'] } },
  test: { include: ['test/**/*.test.{ts,tsx}'], isolate: false },
});
