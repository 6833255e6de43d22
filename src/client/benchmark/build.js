// Usage: node build.js PAGE OUTPUT. Bundles a page for a browser, as an application in production.
import { rolldown } from 'rolldown';

const [input, file] = process.argv.slice(2);
const bundle = await rolldown({
  input,
  platform: 'browser',
  transform: { define: { 'process.env.NODE_ENV': '"production"' } },
});
await bundle.write({ file, format: 'iife', minify: true });
