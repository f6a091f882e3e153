import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasOracle, oraclePath } from '../oracle.ts';
import { tiercel, tiercelWith } from './tiercel.ts';

describe('tiercel condition', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'tiercel-condition-'));
  after(() => rmSync(folder, { recursive: true }));
  const rules = join(folder, 'rules.yaml');
  writeFileSync(
    rules,
    '- list: shells\n  items: [bash, sh]\n- macro: opens\n  condition: evt.type in (open, openat)\n' +
      '- macro: odd\n  condition: proc.name = proc.pname\n',
  );

  const fine: [args: string[], ...parts: string[]][] = [
    [
      ['evt.type in (open,openat) and fd.name startswith /etc'],
      'understood as\n  (evt.type in (open, openat) and fd.name startswith /etc)\n',
      'can match\n  open, openat\n',
      'fd.name   CHARBUF  ',
    ],
    [
      ['container.id', '!=', 'host', 'and', 'evt.type', '=', 'open'],
      '(container.id != host and evt.type = open)',
      'can match\n  open\n',
    ],
    [
      ['opens and proc.name in (shells)', '-r', rules],
      '(evt.type in (open, openat) and proc.name in (bash, sh))',
    ],
    [['proc.name = cat'], 'every event: nothing in it restricts evt.type'],
    [['evt.type != open and proc.aname[2] = cat'], ' event types\n', 'proc.aname[2]  CHARBUF'],
    [
      ['evt.type = open and evt.dir = <'],
      'warning: due to the drop',
      '      |                     ^^^^^^^\n  hint: remove the check',
    ],
    [['not evt.type exists'], 'warning: no event can match this condition', 'can match\n  no event\n'],
  ];
  for (const [args, ...parts] of fine)
    it(`says what it understands of ${args.join(' ').replace(folder, '')}`, () => {
      const { status, stdout, stderr } = tiercel('condition', ...args);
      expect([status, stderr]).to.deep.equal([0, '']);
      for (const part of parts) expect(stdout).to.contain(part);
    });

  const wrong: [args: string[], text: string][] = [
    [
      ['evt.type = open and proc.nam = cat'],
      'error: filter_check called with nonexistent field proc.nam (LOAD_ERR_COMPILE_CONDITION)\n' +
        '    1 | evt.type = open and proc.nam = cat\n' +
        '      |                     ^^^^^^^^\n' +
        '  hint: did you mean proc.name, proc.aname or proc.pname?\n',
    ],
    [
      ['--plugin', 'none', 'container.id = host'],
      'error: filter_check called with nonexistent field container.id (LOAD_ERR_COMPILE_CONDITION)\n' +
        '    1 | container.id = host\n' +
        '      | ^^^^^^^^^^^^\n' +
        '  hint: container.id is a field of the plug-in container, which is not loaded: --plugin container loads it\n',
    ],
    [
      ['openz', '-r', rules],
      "error: Undefined macro 'openz' used in filter. (LOAD_ERR_VALIDATE)\n    1 | openz\n      | ^^^^^\n  hint: did you mean opens?\n",
    ],
  ];
  for (const [args, text] of wrong)
    it(`says what is wrong with ${args.join(' ').replace(folder, '')}`, () =>
      expect(tiercel('condition', ...args)).to.deep.equal({ status: 1, stdout: text, stderr: '' }));

  it('gives one object as JSON', () => {
    const { status, stdout } = tiercel('condition', '--json', 'evt.type=open and proc.name=proc.pname');
    expect(status).to.equal(0);
    expect(JSON.parse(stdout)).to.deep.equal({
      ok: true,
      error: null,
      position: null,
      compiled: '(evt.type = open and proc.name = proc.pname)',
      fields: ['evt.type', 'proc.name'],
      operators: ['='],
      events: ['asyncevent', 'open'],
      warnings: [
        {
          code: 'LOAD_COMPILE_CONDITION',
          message: "'proc.pname' may be a valid field misused as a const string value",
        },
      ],
      hint: null,
    });
  });

  it('is without plug-ins as JSON, unless they are named', () => {
    const { status, stdout } = tiercel('condition', '--json', 'container.id = host');
    expect(status).to.equal(1);
    expect(JSON.parse(stdout)).to.deep.equal({
      ok: false,
      error: 'filter_check called with nonexistent field container.id',
      position: { offset: 0, line: 1, column: 1 },
      compiled: null,
      fields: [],
      operators: [],
      events: [],
      warnings: [],
      hint: 'container.id is a field of the plug-in container, which is not loaded: --plugin container loads it',
    });
    expect(tiercel('condition', '--json', '--plugin', 'container', 'container.id = host').status).to.equal(0);
  });

  it('reads conditions from lines, plain or as JSON strings', () => {
    const lines = ['proc.name = é', JSON.stringify('proc.name = "é\n"'), '"not json', '', 'evt.type = opn'];
    const { status, stdout } = tiercelWith(lines.join('\n'), 'condition', '--json', '-');
    expect(status).to.equal(1);
    const verdicts = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { ok: boolean; error: string | null; compiled: string });
    expect(verdicts.map(({ ok, error, compiled }) => (ok ? compiled : error))).to.deep.equal([
      'proc.name = é',
      'proc.name = "é\\n"',
      "expected a '(' token, a field check, or an identifier",
      'Value must be non-empty',
      'unknown event type opn',
    ]);
  });

  it('names the lines that are wrong', () => {
    const { status, stdout } = tiercelWith('evt.type = open\r\nevt.type = opn\n', 'condition', '-');
    expect(status).to.equal(1);
    expect(stdout).to.equal(
      '-:2:12: error: unknown event type opn (LOAD_ERR_COMPILE_CONDITION)\n    2 | evt.type = opn\n      |            ^^^\n  hint: did you mean open?\n2 conditions, 1 wrong\n',
    );
  });

  it('is fine with no line at all', () => {
    expect(tiercelWith('', 'condition', '--json', '-')).to.deep.equal({ status: 0, stdout: '', stderr: '' });
    expect(tiercelWith('', 'condition', '-').stdout).to.equal('0 conditions, 0 wrong\n');
  });

  const unusable: [about: string, args: string[], message: string][] = [
    ['no condition', [], 'missing required argument'],
    ['a plug-in that it does not know', ['--plugin', 'k8saudits', 'a.b = c'], 'did you mean k8saudit'],
    ['rules that are not there', ['-r', join(folder, 'nosuch.yaml'), 'a'], 'cannot read'],
  ];
  for (const [about, args, message] of unusable)
    it(`cannot run with ${about}`, () => {
      const { status, stdout, stderr } = tiercel('condition', ...args);
      expect([status, stdout]).to.deep.equal([2, '']);
      expect(stderr).to.contain(message);
    });

  describe('as Falco judges', () => {
    if (!hasOracle()) return;
    it('gives every verdict and message', () => {
      const rows = readFileSync(oraclePath('conditions.jsonl'), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { condition: string; ok: boolean; error: string | null });
      const input = rows.map(({ condition }) => `${JSON.stringify(condition)}\n`).join('');
      const { stdout } = tiercelWith(input, 'condition', '--json', '-');
      const got = stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { ok: boolean; error: string | null });
      expect(got.length).to.equal(rows.length);
      rows.forEach(({ condition, ok, error }, i) =>
        expect({ ok: got[i]!.ok, error: got[i]!.error }, condition).to.deep.equal({ ok, error }),
      );
    });
  });
});
