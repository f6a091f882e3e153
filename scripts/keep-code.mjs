// Preloaded: when the process ends, V8's code of each script that it ran, as far as it was needed, is kept beside the script.
import { writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { basename, join } from 'node:path';
import vm from 'node:vm';

const scripts = new Map();
vm.Script = class extends vm.Script {
  constructor(source, options) {
    super(source, options);
    scripts.set(options.filename, this);
  }
};
syncBuiltinESMExports();
process.on('exit', () => {
  for (const [name, script] of scripts)
    writeFileSync(join('dist/program', `${basename(name)}.code`), script.createCachedData());
});
