// Bundles the command line and the library into dist/.
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Script } from 'node:vm';
import { asFunction } from './as-function.mjs';

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

/** Less to scan at each start; names stay, for stack traces. */
const minify = { minifyWhitespace: true, minifySyntax: true, legalComments: 'none' };

const modules = {
  ...minify,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  plugins: [patternsWhenNeeded],
  // It brings binaries, which it finds beside itself.
  external: ['lmdb'],
  // Its modules, of which only what is used is taken; for Node it has CommonJS.
  alias: { yaml: './node_modules/yaml/browser/dist/index.js' },
};

async function buildLibrary() {
  await build({
    ...modules,
    entryPoints: ['index.ts'],
    outdir: 'dist',
    banner: {
      // Some dependencies are CommonJS and call require() for Node's own modules.
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  });
  await build({
    ...minify,
    entryPoints: ['re2js'],
    outfile: 'dist/re2js.cjs',
    bundle: true,
    format: 'cjs',
    target: 'node20',
  });
}

/** The command line and its threads: functions in dist/program/, and for each a file in dist/ that runs it. */
async function buildProgram() {
  const entryPoints = {
    tiercel: 'cli/main.ts',
    'replay-worker': 'daemon/replay-worker.ts',
    'test-worker': 'cli/test/worker.ts',
  };
  const { metafile, outputFiles } = await build({
    ...modules,
    entryPoints,
    outdir: 'dist/program',
    // Threads are found beside the file that is run.
    define: { 'import.meta.url': '__url' },
    metafile: true,
    write: false,
  });
  const texts = new Map(outputFiles.map(({ path, text }) => [basename(path), text]));
  mkdirSync('dist/program', { recursive: true });
  for (const [output, { imports }] of Object.entries(metafile.outputs)) {
    const name = basename(output);
    let text = texts.get(name);
    if (name.endsWith('.js')) {
      const imported = imports.map(({ path, external }) => (external ? path : `./${basename(path)}`));
      text = asFunction(text, new Set(imported));
      // Throws if something is left that only a module may hold.
      new Script(text, { filename: output });
    }
    writeFileSync(`dist/program/${name}`, text);
  }
  await build({
    ...minify,
    entryPoints: Object.fromEntries(Object.keys(entryPoints).map((name) => [name, 'cli/launch.ts'])),
    outdir: 'dist',
    format: 'esm',
    target: 'node20',
  });
}

/** Lets V8 make code of what most runs need, and keeps it. What was kept before is kept again. */
function keepCode() {
  const runs = [
    ['--version'],
    ['validate', 'rules/library'],
    ['replay', 'test/captures', '-r', 'rules/library', '-o', 'json_output=true'],
  ];
  for (const run of runs) {
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--import', './scripts/keep-code.mjs', 'dist/tiercel.js', ...run],
      { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(`tiercel ${run.join(' ')} ended with status ${status}:\n${stderr}`);
  }
}

rmSync('dist', { recursive: true, force: true });
await buildLibrary();
await buildProgram();
keepCode();
