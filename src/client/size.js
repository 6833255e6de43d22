import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';

/** Bundles of these modules, and the bytes that each may have at most; what a later one adds is its own. */
const LIMITS = { 'src/index.ts': 13_000, 'src/push.ts': 2_500 };
const ENTRY = 'entry';

const inputs = [];
let before = 0;
for (const [input, limit] of Object.entries(LIMITS)) {
  inputs.push(input);
  const source = inputs.map((each) => `export * from './${each}';`).join('\n');
  const entry = {
    name: ENTRY,
    resolveId: (id) => (id === ENTRY ? `${import.meta.dirname}/${ENTRY}` : null),
    load: (id) => (id.endsWith(`/${ENTRY}`) ? source : null),
  };
  const bundle = await rolldown({ input: ENTRY, plugins: [entry] });
  const { output } = await bundle.generate({ format: 'esm', minify: true });
  const { code } = output[0];
  const gzipped = gzipSync(code, { level: 9 }).length;
  const own = gzipped - before;
  before = gzipped;
  console.log(`${input}: ${own} bytes, bundled, minified and gzipped`);
  if (own > limit) {
    console.error(`Expected at most ${limit} bytes.`);
    process.exitCode = 1;
  }
}
