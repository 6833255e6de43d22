import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { projects: ['client', 'client/examples/*', 'devtools/page'] },
});
