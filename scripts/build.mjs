// Bundles the command line and the library into dist/.
import { build } from 'esbuild';
import { rmSync } from 'node:fs';

rmSync('dist', { recursive: true, force: true });
await build({
  entryPoints: { tiercel: 'cli/main.ts', index: 'index.ts', 'replay-worker': 'daemon/replay-worker.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  legalComments: 'none',
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
