import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderFields } from '../../cli/fields.ts';
import { allFields, findFields, marksOf } from '../../engine/index.ts';
import { tiercel } from './tiercel.ts';

interface FieldJson {
  readonly name: string;
  readonly class: string;
  readonly source: string | null;
  readonly type: string;
  readonly list: boolean;
  readonly argument: { readonly required: boolean } | null;
  readonly forms: readonly string[];
  readonly flags: readonly string[];
  readonly desc: string;
}

const names = (...args: string[]): string[] =>
  tiercel('fields', ...args, '--names')
    .stdout.split('\n')
    .filter(Boolean);
const every = allFields.flatMap(({ fields }) => fields);

describe('tiercel fields', () => {
  it('lists every field, in the order of the classes', () => {
    const all = names();
    expect(all.slice(0, every.length)).to.deep.equal(every.map(({ name }) => name));
    expect(all).to.include.members(['ka.verb', 'json.value', 'ct.name']);
    const { status, stdout, stderr } = tiercel('fields');
    expect([status, stderr]).to.deep.equal([0, '']);
    for (const { name } of every)
      expect(stdout).to.match(new RegExp(`^  ${name.replaceAll('.', '\\.')}\\b`, 'm'));
  });

  const selections: [word: string, names: (name: string) => boolean][] = [
    ['proc.aname[2]', (name) => name === 'proc.aname'],
    ['k8s.pod', (name) => name.startsWith('k8s.pod.')],
  ];
  for (const [word, wanted] of selections)
    it(`shows what "${word}" means`, () =>
      expect(names(word)).to.deep.equal(every.map(({ name }) => name).filter(wanted)));

  const refused: [args: string[], text: string][] = [
    [['proc.nam'], 'did you mean proc.name'],
    [['proces'], 'did you mean process'],
    [['k8s.pod.nmae'], 'did you mean k8s.pod.name?'],
    [['qqqqqq'], 'tiercel fields --names lists all'],
    [['proc.name[2]'], 'did you mean proc.name?'],
    [['evt.arg.pth'], 'did you mean path?'],
    [['evt.rawarg.qqqqqq'], 'there is no event with a parameter "qqqqqq"'],
    [['--json', '--names'], "cannot be used with option '--names'"],
    [['--source', 'sycall'], 'did you mean syscall?'],
    [['--source', 'k8s_audits'], 'did you mean k8s_audit?'],
    [['--nosuch'], 'unknown option'],
  ];
  for (const [args, text] of refused)
    it(`refuses ${args.join(' ')}`, () => {
      const { status, stdout, stderr } = tiercel('fields', ...args);
      expect([status, stdout]).to.deep.equal([2, '']);
      expect(stderr).to.contain(text).and.not.contain('    at ');
    });

  it('shows only what events of a source have', () =>
    expect(names('--source', 'syscall')).to.deep.equal(every.map(({ name }) => name)));

  it('prints one field with its forms, type and marks', () =>
    expect(tiercel('fields', 'fd.types').stdout).to.equal(
      `fd  events of the source syscall
The file descriptor that a system call uses, and the file or connection behind it.

  fd.types      CHARBUF (list)  (cannot be on the right side) What the open fds of the process are,
  fd.types[FD]                  in the words of \`fd.type\`, each once; \`fd.types[0]\` is what its
                                standard input is.
`,
    ));

  it('keeps to the width of the terminal, and has colour only there', () => {
    const classes = findFields('proc');
    const lines = renderFields(classes, { width: 80, colour: false }).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).to.be.at.most(80);
    const coloured = renderFields(classes, { width: 80, colour: true });
    expect(coloured).to.not.equal(lines.join('\n'));
    // eslint-disable-next-line no-control-regex
    expect(coloured.replace(/\x1b\[\d+m/g, '')).to.equal(lines.join('\n'));
  });

  it('tells everything as JSON', () => {
    const fields = JSON.parse(tiercel('fields', '--json').stdout) as FieldJson[];
    expect(fields.slice(0, every.length).map(({ name }) => name)).to.deep.equal(
      every.map(({ name }) => name),
    );
    fields.slice(0, every.length).forEach((json, i) => {
      const field = every[i]!;
      expect(json.type).to.equal(field.type);
      expect(json.list).to.equal(field.list === true);
      expect(json.argument?.required).to.equal(field.arg?.required);
      expect(json.flags).to.have.length(marksOf(field).length);
      expect(json.desc).to.equal(field.desc);
    });
    expect(fields.find(({ name }) => name === 'proc.aenv')).to.deep.include({
      class: 'process',
      source: 'syscall',
      argument: { required: false, index: 'LEVEL', key: 'NAME' },
      forms: ['proc.aenv', 'proc.aenv[LEVEL]', 'proc.aenv[NAME]'],
      flags: ['no_right_side', 'no_transformer'],
    });
    expect(fields.find(({ name }) => name === 'evt.num')).to.deep.include({
      class: 'evt',
      source: null,
      argument: null,
    });
  });

  it('prints the reference page as Markdown', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/reference/fields.md'), 'utf8');
    expect(page).to.equal(
      `${page.slice(0, page.indexOf('\n') + 1)}${tiercel('fields', '--markdown').stdout}`,
    );
  });
});
