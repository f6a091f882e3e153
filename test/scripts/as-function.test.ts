import { expect } from 'chai';
import { join } from 'node:path';

const { asFunction } = (await import(join(import.meta.dirname, '../../scripts/as-function.mjs'))) as {
  asFunction: (module: string, imported: ReadonlySet<string>) => string;
};

type Exports = Record<string, unknown>;
type Load = (path: string) => Promise<Exports>;

/** What a module exports when it is run as a function. */
async function run(module: string, files: Record<string, Exports> = {}): Promise<Exports> {
  const text = asFunction(module, new Set([...Object.keys(files), 'node:os', 'events']));
  const part = (0, eval)(text) as (load: Load, require: undefined, url: string) => Promise<Exports>;
  return part(
    (path) => (path in files ? Promise.resolve(files[path]!) : (import(path) as Promise<Exports>)),
    undefined,
    'file:///here.js',
  );
}

describe('scripts/as-function: an ES module as a script', () => {
  const cases: [what: string, module: string, files: Record<string, Exports>, exported: Exports][] = [
    ['no imports, no exports', 'var a=1;', {}, {}],
    ['exports', 'var a=1,b=2;export{a,b as c};', {}, { a: 1, c: 2 }],
    ['a default export', 'export default 1+1;', {}, { default: 2 }],
    [
      'names that are imported',
      'import{a,b as c}from"./x.js";var d=a+c;export{d};',
      { './x.js': { a: 1, b: 2 } },
      { d: 3 },
    ],
    ['a whole module', 'import*as x from"./x.js";export{x as y};', { './x.js': { a: 1 } }, { y: { a: 1 } }],
    ['a default import', 'import x from"./x.js";export{x};', { './x.js': { default: 7 } }, { x: 7 }],
    [
      'a default import and names',
      'import x,{a}from"./x.js";export{x,a};',
      { './x.js': { default: 7, a: 8 } },
      { x: 7, a: 8 },
    ],
    ['an import for its effect', 'import"./x.js";var y=2;export{y};', { './x.js': {} }, { y: 2 }],
    [
      'an import behind other code',
      'var a=1;import{b}from"./x.js";var c=a+b;export{c};',
      { './x.js': { b: 2 } },
      { c: 3 },
    ],
    [
      'an import when needed',
      'var a=await import("./x.js");export{a};',
      { './x.js': { b: 2 } },
      { a: { b: 2 } },
    ],
    [
      "modules of Node's",
      'import{EOL}from"node:os";import E from"events";var c=typeof E;export{EOL,c};',
      {},
      { EOL: '\n', c: 'function' },
    ],
    [
      'text that only looks like an import',
      'var a=\'import{b}from"./y.js";\';export{a};',
      {},
      { a: 'import{b}from"./y.js";' },
    ],
    [
      'an import of what is named at run time',
      'var name="node:os";var a=await import(name);var b=a.EOL;export{b};',
      {},
      { b: '\n' },
    ],
    [
      'a name that the loader has, too',
      'import{a}from"./x.js";function load(){return a}var b=load();export{b};',
      { './x.js': { a: 1 } },
      { b: 1 },
    ],
    ['the place of the program', 'var a=__url;export{a};', {}, { a: 'file:///here.js' }],
    ['strict code', 'var a=(function(){return this})();export{a};', {}, { a: undefined }],
  ];
  for (const [what, module, files, exported] of cases)
    it(what, async () => {
      expect(await run(module, files)).to.deep.equal(exported);
    });

  it('leaves the code at its place, one line below', () => {
    const module = 'import{a}from"./x.js";var b=a;\nvar c=b;export{c};\n//# sourceMappingURL=x.js.map\n';
    const [, first, second, ...rest] = asFunction(module, new Set(['./x.js'])).split('\n');
    expect(first!.indexOf('var b')).to.equal(module.indexOf('var b'));
    expect(second).to.match(/^var c=b;/);
    expect(rest).to.include('//# sourceMappingURL=x.js.map');
  });
});
