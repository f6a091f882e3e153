import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  diffAlerts,
  loadFalcoConfig,
  loadSelectedRules,
  runRules,
  type AlertDiff,
  type RunningRules,
} from '../../daemon/index.ts';
import type { Diagnostic } from '../../engine/index.ts';
import { captureFiles } from '../../replay/index.ts';
import { example } from './show/synthetic.ts';

const rule = (name: string, condition: string, more = ''): string =>
  `- rule: ${name}\n  desc: d\n  condition: ${condition}\n  output: '%evt.num %fd.name'\n  priority: INFO\n${more}`;

describe('diffAlerts', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tiercel-alert-diff-'));
    writeFileSync(join(folder, 'whole.scap'), example);
    writeFileSync(join(folder, 'damaged.scap'), example.subarray(0, -50));
  });
  after(() => rmSync(folder, { recursive: true }));

  async function diff(
    old: string,
    next: string,
    { matching = 'all', captures = ['whole.scap'], top = 5 } = {},
  ): Promise<AlertDiff & { diagnostics: readonly Diagnostic[] }> {
    const { config } = loadFalcoConfig({
      options: [`rule_matching=${matching}`, 'append_output=[]', 'time_format_iso_8601=true'],
    });
    const running = async (name: string, text: string): Promise<RunningRules> => {
      const file = join(folder, name);
      writeFileSync(file, text);
      return runRules((await loadSelectedRules([file], config)).running, config);
    };
    const diagnostics: Diagnostic[] = [];
    const result = await diffAlerts({
      captures: await captureFiles(captures.map((name) => join(folder, name))),
      old: await running('old.yaml', old),
      next: await running('next.yaml', next),
      config,
      top,
      onDiagnostic: (diagnostic) => diagnostics.push(diagnostic),
    });
    return { ...result, diagnostics };
  }

  const OPENS = 'evt.type = openat';

  it('tells what appears and disappears, with the first of it', async () => {
    const { old, next, rules } = await diff(
      rule('opened', OPENS) + rule('read', 'evt.type = read'),
      rule('opened', `${OPENS} and fd.num >= 0`) + rule('read', 'evt.type in (read, write)'),
    );
    expect([old, next]).to.deep.equal([3, 3]);
    expect(
      rules.map(({ examples, ...counts }) => [
        counts,
        examples.map(({ kind, event, time, old: line, next: nextLine }) => [
          kind,
          event,
          time,
          line ?? nextLine,
        ]),
      ]),
    ).to.deep.equal([
      [
        { rule: 'opened', old: 2, next: 1, appeared: 0, disappeared: 1, changed: 0 },
        [
          [
            'disappeared',
            4,
            1600000000003000000n,
            '2020-09-13T12:26:40.003000000+0000: Informational 4 /etc/shadow',
          ],
        ],
      ],
      [
        { rule: 'read', old: 1, next: 2, appeared: 1, disappeared: 0, changed: 0 },
        [
          [
            'appeared',
            9,
            1600000000008000000n,
            '2020-09-13T12:26:40.008000000+0000: Informational 9 10.0.0.7:40000->10.0.0.1:443',
          ],
        ],
      ],
    ]);
  });

  const versions: [what: string, next: string, changed: number][] = [
    ['nothing', rule('r', OPENS), 0],
    ['the condition only', rule('r', `${OPENS} and evt.num > 0`), 0],
    ['the priority', rule('r', OPENS).replace('INFO', 'ERROR'), 2],
    ['the tags', rule('r', OPENS, '  tags: [t]\n'), 2],
    ['the output', rule('r', OPENS).replace('%fd.name', '%fd.num'), 2],
  ];
  for (const [what, next, changed] of versions)
    it(`tells of ${changed} changed alerts where a rule changed in ${what}`, async () => {
      const { rules } = await diff(rule('r', OPENS), next);
      expect(rules.map((counts) => counts.changed)).to.deep.equal(changed === 0 ? [] : [changed]);
    });

  it('names the rules that fire instead', async () => {
    const { rules } = await diff(
      rule('a', OPENS) + rule('b', OPENS),
      rule('a', `${OPENS} and fd.num = 3`) + rule('b', OPENS),
      { matching: 'first' },
    );
    expect(rules.map(({ examples }) => examples.map(({ kind, instead }) => [kind, instead]))).to.deep.equal([
      [['disappeared', ['b']]],
      [['appeared', ['a']]],
    ]);
  });

  it('keeps some alerts of each rule, of several captures', async () => {
    const captures = ['whole.scap', 'whole.scap'];
    const { captures: count, events, rules } = await diff('', rule('r', OPENS), { captures, top: 3 });
    expect([count, events]).to.deep.equal([2, 30]);
    expect(rules.map(({ appeared, examples }) => [appeared, examples.length])).to.deep.equal([[4, 3]]);
  });

  it('compares a damaged capture up to there', async () => {
    const { rules, diagnostics } = await diff('', rule('r', OPENS), { captures: ['damaged.scap'] });
    expect(rules.map(({ appeared }) => appeared)).to.deep.equal([2]);
    expect(diagnostics).to.have.lengthOf(1);
  });
});
