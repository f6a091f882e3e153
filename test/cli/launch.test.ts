import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Script } from 'node:vm';

const dist = join(import.meta.dirname, '../../dist');
const rules = join(import.meta.dirname, '../../rules/library');
const kept = (folder: string): string[] =>
  readdirSync(join(folder, 'program')).filter((name) => name.endsWith('.code'));

describe('cli/launch: the program with the code that V8 made of it', () => {
  it('finds code of this version for all that a replay needs', () => {
    const names = kept(dist);
    expect(names).to.include('tiercel.js.code');
    for (const name of names) {
      const filename = join(dist, 'program', name);
      const script = new Script(readFileSync(filename.replace(/\.code$/, ''), 'latin1'), {
        lineOffset: -1,
        cachedData: readFileSync(filename),
      });
      expect(script.cachedDataRejected, name).to.equal(false);
    }
  });

  const states: [what: string, change: (file: string) => void][] = [
    ['is missing', (file) => rmSync(file)],
    ['is of another version', (file) => writeFileSync(file, otherVersion(readFileSync(file)))],
    ['is cut short', (file) => writeFileSync(file, readFileSync(file).subarray(0, 100))],
    ['is empty', (file) => writeFileSync(file, '')],
  ];
  for (const [what, change] of states)
    it(`does the same where the code ${what}`, () => {
      const folder = mkdtempSync(join(tmpdir(), 'tiercel-launch-'));
      try {
        cpSync(dist, folder, { recursive: true });
        writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
        for (const name of kept(folder)) change(join(folder, 'program', name));
        const { status, stdout, stderr } = spawnSync(
          process.execPath,
          [join(folder, 'tiercel.js'), 'validate', rules],
          { encoding: 'utf8' },
        );
        expect({ status, stderr }).to.deep.equal({ status: 0, stderr: '' });
        expect(stdout).to.include('Ok');
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

  it('loads modules that a configuration names', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tiercel-launch-'));
    try {
      const source = join(folder, 'lines.mjs');
      const config = join(folder, 'falco.yaml');
      const own = join(folder, 'rules.yaml');
      const records = join(folder, 'some.log');
      writeFileSync(records, 'a\n');
      writeFileSync(
        source,
        `export default { name: 'lines', summary: 'Lines.', records: 'lines', matches: (start) => start.startsWith('a'), fields: [{ desc: 'Words.', fields: [{ name: 'lines.text', desc: 'All of it.', get: (line) => line }] }],
           *parse(line) { yield { time: 0n, data: line }; }, describe: (line) => line };`,
      );
      writeFileSync(config, `plugins: [{name: lines, library_path: ${source}}]`);
      writeFileSync(
        own,
        '- {rule: r, desc: d, condition: lines.text = a, output: it says %lines.text, priority: INFO, source: lines}',
      );
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [join(dist, 'tiercel.js'), 'replay', records, '-q', '-r', own, '-c', config],
        { encoding: 'utf8' },
      );
      expect({ status, stderr }).to.deep.equal({ status: 0, stderr: '' });
      expect(stdout).to.match(/Informational it says a\b/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** The second word of the head tells V8's version. */
function otherVersion(code: Buffer): Buffer {
  const other = Buffer.from(code);
  other.writeUInt32LE(code.readUInt32LE(4) ^ 1, 4);
  return other;
}
