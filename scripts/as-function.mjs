// Of an ES module, as esbuild writes it, a script: Node 20 lets programs keep V8's code of scripts, not that of modules.

/**
 * An async function `(__load, require, __url)` that does what the module does and gives its exports. Its head is a line of its own, so that the module's code stays at the columns that its source map tells.
 * `imported` are the paths that it imports; `__load` gives what one of them exports. (No name of the module is `require` or begins with `__`: esbuild sees those used from outside.)
 */
export function asFunction(module, imported) {
  const [, code, map] = /^(.*?)\n*(\/\/# sourceMappingURL=.*)?\n*$/s.exec(module);
  const head = [];
  let exported = '';
  const body = code
    .replace(/\bimport(?:([\w$*{}, ]*?)from ?)?"([^"]+)";/g, (statement, names = '', path) => {
      if (!imported.has(path)) return statement;
      head.push(...declarations(names.trim(), path));
      return ' '.repeat(statement.length);
    })
    .replace(/\bimport\("([^"]+)"\)/g, (call, path) => (imported.has(path) ? `__load("${path}")` : call))
    // What the user's settings name. (V8 forgets for kept code how scripts import.)
    .replace(/\bimport\((?=[\w$])/g, '__load(')
    .replace(/\bexport\{([^}]*)\};$/, (_, names) => {
      exported = names.split(',').map((name) => name.split(' as ').reverse().join(':'));
      return '';
    })
    .replace(/\bexport default ([^;]+);$/, (_, value) => {
      exported = [`default:${value}`];
      return '';
    });
  return `(async(__load,require,__url)=>{"use strict";${head.join('')}\n${body}return{${exported}}})\n${map ?? ''}`;
}

/** What an import statement declares: `a,{b as c}` or `*as d`, where the bundle is asked for spaces only where they are needed. */
function* declarations(names, path) {
  const exports = `await __load("${path}")`;
  const [, whole, single, several] = /^(?:\*as ([\w$]+)|([\w$]+)?,?(\{.*\})?)$/.exec(names);
  if (single) yield `const{default:${single}}=${exports};`;
  if (whole) yield `const ${whole}=${exports};`;
  else if (several) yield `const${several.replaceAll(' as ', ':')}=${exports};`;
  else if (!single) yield `${exports};`;
}
