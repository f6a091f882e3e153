import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tiercel, tiercelWith } from './tiercel.ts';

const capture = join(import.meta.dirname, '../captures/read-sensitive-files.scap');

const RULES = `- list: readers
  items: [cat, head]
- macro: shadow
  condition: (fd.name = /etc/shadow or fd.name = /etc/gshadow)
- rule: Shadow read
  desc: d
  condition: evt.type = openat and shadow and proc.name in (readers, tac) and not proc.pname = dash
  output: shadow read %proc.name %fd.name %evt.num
  priority: WARNING
- rule: Shadow written
  desc: d
  condition: evt.type = openat and shadow and evt.is_open_write = true
  output: shadow written %proc.name
  priority: WARNING
- rule: Mounted
  desc: d
  condition: evt.type = mount
  output: mounted
  priority: WARNING
`;

describe('tiercel explain', () => {
  let folder: string;
  let rules: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tiercel-explain-'));
    rules = join(folder, 'r.yaml');
    writeFileSync(rules, RULES);
  });
  after(() => rmSync(folder, { recursive: true }));

  /** The numbers of events that a condition selects. */
  const events = (condition: string): number[] =>
    tiercel('show', capture, condition, '-p', '%evt.num').stdout.trim().split('\n').map(Number);

  it('says why a rule fires at an event of a capture', () => {
    const [num] = events('evt.type = openat and fd.name = /etc/shadow and proc.name = cat');
    const { status, stdout, stderr } = tiercel(
      'explain',
      'Shadow read',
      '-r',
      rules,
      '--capture',
      capture,
      '--event',
      String(num),
    );
    expect(stderr).to.equal('');
    expect(status).to.equal(0);
    const [title, place, event, blank, ...tree] = stdout.trimEnd().split('\n');
    expect(title).to.equal('Shadow read fires');
    expect(place).to.equal(`${rules}:5:9`);
    expect(event).to.match(new RegExp(`^${num} .* < openat `));
    expect(blank).to.equal('');
    const at = (line: number, column: number): string => `◀ ${rules}:${line}:${column}`;
    expect(tree.map((line) => line.replace(/ {2,}(?=is|◀)/g, '  '))).to.deep.equal([
      '✓ all of',
      `  ✓ evt.type = openat  is openat  ${at(7, 14)}`,
      '  ✓ shadow, any of',
      `    ✓ fd.name = /etc/shadow  is /etc/shadow  ${at(4, 15)}`,
      '    · fd.name = /etc/gshadow  is /etc/shadow',
      `  ✓ proc.name in (readers, tac)  is cat  ${at(7, 47)}`,
      `  ✓ not proc.pname = dash  is bash  ${at(7, 83)}`,
    ]);
  });

  it('says why it does not, and what it did not come to', () => {
    const [num] = events('evt.type = openat and fd.name = /etc/shadow and proc.name = cat');
    const { stdout } = tiercel(
      'explain',
      'Shadow written',
      '-r',
      rules,
      '--capture',
      capture,
      '--event',
      String(num),
    );
    expect(stdout).to.match(/^Shadow written is silent\n/);
    expect(stdout).to.match(/✗ evt\.is_open_write = true +is false +◀ .*:12:\d+\n$/);
    expect(stdout).to.contain('  ✓ shadow, any of\n');
    const other = tiercel('explain', 'Mounted', '-r', rules, '--capture', capture, '--event', String(num));
    expect(other.stdout).to.match(/^Mounted is not asked at events of this type, only at .*mount/);
  });

  it('gives the same as JSON', () => {
    const [num] = events('evt.type = openat and fd.name = /etc/shadow and proc.name = cat');
    const { stdout } = tiercel(
      'explain',
      'Shadow written',
      '-r',
      rules,
      '--capture',
      capture,
      '--event',
      String(num),
      '--json',
    );
    const { rule, outcome, asked, event, tree } = JSON.parse(stdout) as {
      rule: string;
      outcome: string;
      asked: boolean;
      event: { num: number };
      tree: {
        kind: string;
        parts: { kind: string; outcome: string; decides: boolean; text?: string; left?: string }[];
      };
    };
    expect([rule, outcome, asked, event.num, tree.kind]).to.deep.equal([
      'Shadow written',
      'false',
      true,
      num,
      'and',
    ]);
    expect(tree.parts.at(-1)).to.deep.include({
      kind: 'check',
      outcome: 'false',
      decides: true,
      text: 'evt.is_open_write = true',
      left: 'false',
    });
  });

  it('finds the nearest misses of a capture', () => {
    const shadow = events(
      'evt.type = openat and fd.name in (/etc/shadow, /etc/gshadow) and evt.is_open_write = false',
    );
    const { status, stdout } = tiercel(
      'explain',
      'Shadow written',
      '-r',
      rules,
      '--capture',
      capture,
      '--top',
      '1',
    );
    expect(status).to.equal(0);
    expect(stdout).to.match(/^Shadow written (never fires|fires at)/);
    const json = JSON.parse(
      tiercel('explain', 'Shadow written', '-r', rules, '--capture', capture, '--json', '--top', '100')
        .stdout,
    ) as {
      misses: {
        obstacles: { check: string; wanted: boolean }[];
        events: number;
        examples: { event: number }[];
      }[];
    };
    const miss = json.misses.find(
      ({ obstacles }) => obstacles.length === 1 && obstacles[0]!.check.startsWith('evt.is_open_write'),
    )!;
    expect(miss.events).to.equal(shadow.length);
    expect(miss.examples.map(({ event }) => event)).to.deep.equal(shadow.slice(0, 3));
    const none = tiercel('explain', 'Mounted', '-r', rules, '--capture', capture);
    expect(none.stdout).to.match(
      /None of the [\d ]+ events is of a type at which the rule is asked: .*mount/,
    );
  });

  it('explains an alert from what it says, and the rest is unknown', () => {
    const alert =
      '{"rule":"Shadow read","output_fields":{"proc.name":"cat","fd.name":"/etc/shadow","evt.num":7}}';
    const { status, stdout } = tiercelWith(`no alert\n${alert}\n`, 'explain', '-r', rules, '--alert', '-');
    expect(status).to.equal(0);
    expect(stdout).to.match(/^Shadow read holds as far as the alert tells/);
    expect(stdout).to.match(/\? evt\.type = openat +not told/);
    expect(stdout).to.match(/✓ proc\.name in \(readers, tac\) +is cat/);
    const file = join(folder, 'alert.json');
    writeFileSync(file, JSON.stringify(JSON.parse(alert.replace('"cat"', '"vi"')), undefined, 2));
    expect(tiercel('explain', 'Shadow read', '-r', rules, '--alert', file).stdout).to.match(
      /does not hold[^]*✗ proc\.name in .*is vi/,
    );
  });

  it('explains an event that is made of facts', () => {
    const facts = ['evt.type=openat', 'fd.name=/etc/gshadow', 'proc.name=tac', 'proc.pname=bash'];
    const { status, stdout } = tiercel('explain', 'Shadow read', '-r', rules, '--event', ...facts);
    expect(status).to.equal(0);
    expect(stdout).to.match(/^Shadow read fires\n[^]*✓ proc\.name in \(readers, tac\) +is tac/);
    const full = tiercel('explain', 'Shadow written', '-r', rules, '--full', '--event', ...facts);
    expect(full.stdout).to.match(
      /^Shadow written is silent\n[^]*✗ evt\.is_open_write = true +is false[^]*Filled in:\n\nFIELD/,
    );
    const none = tiercel(
      'explain',
      'Shadow read',
      '-r',
      rules,
      '--event',
      'evt.type=openat',
      'fd.nam=/etc/shadow',
    );
    expect([none.status, none.stderr.includes('did you mean fd.name')]).to.deep.equal([2, true]);
    expect(tiercel('explain', 'Shadow read', '-r', rules, '--event', 'evt.type').stderr).to.contain(
      '"evt.type" is no fact',
    );
  });

  const refused: readonly (readonly [args: readonly string[], says: RegExp])[] = [
    [['Shadow raed', '--capture', capture], /there is no rule "Shadow raed"[^]*did you mean Shadow read/],
    [
      ['Shadow read', '--capture', capture, '--event', '999999999'],
      /: error: there is no event with the number 999999999/,
    ],
    [['Shadow read', '--capture', capture, '--event', 'evt.type=open'], /is a number/],
    [['Shadow read', '--event', '7'], /needs the capture/],
    [['Shadow read'], /explain what\?/],
    [['--capture', capture], /which rule\?/],
    [['Shadow read', '--alert', '/nosuch'], /cannot read \/nosuch/],
    [['Mounted', '--alert', capture], /: error: there is no alert of the rule "Mounted"/],
    [['Shadow read', '--capture', '/nosuch'], /\/nosuch/],
  ];
  for (const [args, says] of refused)
    it(`refuses ${args.join(' ').replaceAll(capture, 'CAPTURE')}`, () => {
      const { status, stderr } = tiercel('explain', ...args, '-r', rules);
      expect(stderr).to.match(says);
      expect(status).to.equal(2);
    });
});
