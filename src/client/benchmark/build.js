// Usage: node build.js OUTPUT. Bundles page.ts for a browser, as an application in production.
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const bundle = await rolldown({
  input: fileURLToPath(new URL('page.ts', import.meta.url)),
  platform: 'browser',
  transform: { define: { 'process.env.NODE_ENV': '"production"' } },
});
await bundle.write({ file: process.argv[2], format: 'iife', minify: true });
