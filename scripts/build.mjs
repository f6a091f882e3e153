// Bundles the command line and the library into dist/.
import { build } from 'esbuild';
import { rmSync } from 'node:fs';

/** re2js is a seventh of the code, and few rules hold a pattern: it becomes a file of its own, loaded with the first one. */
const patternsWhenNeeded = {
  name: 'patterns when needed',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^re2js$/ }, ({ path, kind }) =>
      kind === 'entry-point' ? undefined : { path, namespace: 'when-needed', sideEffects: false },
    );
    onResolve({ filter: /^\.\/re2js\.cjs$/ }, ({ path }) => ({ path, external: true }));
    onLoad({ filter: /./, namespace: 'when-needed' }, () => ({
      contents: `
        let loaded;
        const load = () => (loaded ??= require('./re2js.cjs').RE2JS);
        export const RE2JS = new Proxy({}, { get: (_, name) => load()[name] });`,
    }));
  },
};

rmSync('dist', { recursive: true, force: true });
await build({
  entryPoints: ['re2js'],
  outfile: 'dist/re2js.cjs',
  bundle: true,
  format: 'cjs',
  target: 'node20',
  legalComments: 'none',
  minifyWhitespace: true,
  minifySyntax: true,
});
await build({
  entryPoints: {
    tiercel: 'cli/main.ts',
    index: 'index.ts',
    'replay-worker': 'daemon/replay-worker.ts',
    'test-worker': 'cli/test/worker.ts',
  },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  legalComments: 'none',
  plugins: [patternsWhenNeeded],
  // It brings binaries, which it finds beside itself.
  external: ['lmdb'],
  // Its modules, of which only what is used is taken; for Node it has CommonJS.
  alias: { yaml: './node_modules/yaml/browser/dist/index.js' },
  // Less to scan at each start; names stay, for stack traces.
  minifyWhitespace: true,
  minifySyntax: true,
  banner: {
    // Some dependencies are CommonJS and call require() for Node's own modules.
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
});
