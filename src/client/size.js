import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';

const MOST_BYTES = 12_700;

const bundle = await rolldown({ input: 'src/index.ts' });
const { output } = await bundle.generate({ format: 'esm', minify: true });
const { code } = output[0];
const gzipped = gzipSync(code, { level: 9 }).length;
console.log(`${gzipped} bytes, bundled, minified and gzipped (${code.length} before gzip)`);
if (gzipped > MOST_BYTES) {
  console.error(`Expected at most ${MOST_BYTES} bytes.`);
  process.exitCode = 1;
}
