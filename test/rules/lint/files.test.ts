import { expect } from 'chai';
import { findings, pointedAt, rule } from './lint-text.ts';

const base = rule('evt.type = execve and proc.name = nc');
const list = (name: string, items: string, more = ''): string =>
  `- list: ${name}\n  items: [${items}]\n${more}`;
const macro = (name: string, condition: string, more = ''): string =>
  `- macro: ${name}\n  condition: ${condition}\n${more}`;
const change = (lines: string): string => `- rule: Rule\n${lines}`;

/** Several files each; `at` is the file and the text that a finding points to. */
const CASES: Readonly<
  Record<
    string,
    {
      readonly fires: readonly (readonly [files: readonly string[], file: number, at: string])[];
      readonly silent: readonly (readonly string[])[];
    }
  >
> = {
  'override-missing': {
    fires: [
      [[base, list('names', 'a', '  override: {items: replace}\n')], 2, 'names'],
      [
        [
          base,
          macro('mine', 'proc.name = a', '  override: {condition: replace}\n'),
          macro('mine', 'proc.name = b'),
        ],
        2,
        'mine',
      ],
    ],
    silent: [
      [list('names', 'a'), list('names', 'b', '  override: {items: replace}\n') + base],
      [base, change('  priority: WARNING\n  override: {priority: replace}\n')],
    ],
  },
  'override-lost': {
    fires: [
      [
        [list('names', 'a') + list('names', 'b', '  override: {items: append}\n'), list('names', 'a, c')],
        1,
        'names',
      ],
      [[list('names', 'a') + list('names', 'b', '  append: true\n'), list('names', 'a, c')], 1, 'names'],
      [
        [
          macro('never_true', '(evt.num=0)') + macro('mine', '(proc.name = a)'),
          macro('mine', '(never_true)'),
        ],
        1,
        'mine',
      ],
      [[list('names', 'a'), list('names', '')], 1, 'names'],
      [[base + change('  tags: [x]\n  override: {tags: append}\n'), base], 1, 'Rule'],
    ],
    silent: [
      [macro('never_true', '(evt.num=0)') + macro('mine', '(never_true)'), macro('mine', '(proc.name = a)')],
      [list('names', 'a'), list('names', 'b', '  override: {items: append}\n')],
      [list('names', ''), list('names', 'a')],
    ],
  },
  redefinition: {
    fires: [
      [[list('names', 'a, b'), list('names', 'a')], 2, 'names'],
      [[macro('mine', 'proc.name = a'), macro('mine', 'proc.name = b')], 2, 'mine'],
      [[base, rule('evt.type = execve and proc.name = ncat')], 2, 'Rule'],
    ],
    silent: [
      [list('names', 'a, b'), list('names', 'b, a')],
      [macro('mine', '((proc.name=a))'), macro('mine', 'proc.name = a')],
      [list('names', 'a'), list('names', 'b', '  override: {items: replace}\n')],
      [macro('never_true', '(evt.num=0)') + macro('mine', '(never_true)'), macro('mine', 'proc.name = a')],
    ],
  },
  'append-precedence': {
    fires: [
      [
        [base, change('  condition: or proc.name = ncat\n  override: {condition: append}\n')],
        2,
        'or proc.name = ncat',
      ],
      [
        [
          rule('evt.type = execve or evt.type = execveat'),
          change('  condition: and proc.name = a\n  append: true\n'),
        ],
        2,
        'and proc.name = a',
      ],
      [
        [
          macro('mine', 'proc.name = a and proc.pname = b'),
          macro('mine', 'or proc.name = c', '  append: true\n'),
        ],
        2,
        'or proc.name = c',
      ],
    ],
    silent: [
      [base, change('  condition: and proc.pname = sh\n  override: {condition: append}\n')],
      [
        macro('mine', 'proc.name = a or proc.name = b'),
        macro('mine', 'or proc.name = c', '  append: true\n'),
      ],
      [
        macro('mine', '(proc.name = a and proc.pname = b)'),
        macro('mine', 'and proc.pname = c', '  append: true\n'),
      ],
    ],
  },
  'ignored-key': {
    fires: [
      [[base, change('  enabled: false\n  tags: [x]\n')], 2, 'tags'],
      [[base, change('  append: true\n  condition: and proc.pname = a\n  output: x\n')], 2, 'output'],
      [[base, `${rule('evt.type = execve and proc.name = nc')}  override: {}\n`], 2, 'override'],
    ],
    silent: [
      [base, change('  enabled: false\n')],
      [base, change('  enabled: false\n  override: {enabled: replace}\n')],
      [base, change('  append: true\n  condition: and proc.pname = a\n')],
    ],
  },
  'duplicate-key': {
    fires: [[[`${base}  desc: again\n`], 1, 'desc']],
    silent: [[base]],
  },
  'empty-document': {
    fires: [
      [[`${base}---\n---\n${rule('evt.type = execve', { name: 'Two' })}`], 1, '---'],
      [[`---\n# nothing\n---\n${base}`], 1, '---'],
      [[`${base}---\n~\n---\n${base}`], 1, '---'],
    ],
    silent: [
      [`---\n${base}`],
      [`${base}---\n`],
      [`${base}---\n# the end\n`],
      [`${base}---\n${rule('evt.type = open and proc.name = b', { name: 'Two' })}`],
    ],
  },
};

describe('lint of items and files', () => {
  for (const [code, { fires, silent }] of Object.entries(CASES)) {
    fires.forEach(([files, file, at], i) =>
      it(`${code} finds ${at} (${i + 1})`, () => {
        const found = findings(code, files);
        expect(found.map((finding) => finding.file)).to.deep.equal([`${file}.yaml`]);
        expect(pointedAt(found[0]!, files[file - 1]!)).to.equal(at);
      }),
    );
    silent.forEach((files, i) =>
      it(`${code} lets others pass (${i + 1})`, () => expect(findings(code, files)).to.deep.equal([])),
    );
  }
});
