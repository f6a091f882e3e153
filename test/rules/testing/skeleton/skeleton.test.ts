import { expect } from 'chai';
import { toBytes, type JsonValue } from '../../../../engine/index.ts';
import {
  loadTestRules,
  makeSkeleton,
  skeletonText,
  type Skeleton,
  type TestRules,
} from '../../../../rules/index.ts';
import type { Fact } from '../../../../rules/testing/scene/index.ts';

const rulesOf = (condition: string): TestRules =>
  loadTestRules([
    {
      name: 'x.yaml',
      content: toBytes(
        `- {list: shells, items: [ash, bash, sh]}\n- {macro: never, condition: (evt.num = 0)}\n- {rule: R, desc: d, condition: ${JSON.stringify(condition)}, output: o, priority: INFO}\n`,
      ),
    },
  ]).rules!;

const skeletonOf = (condition: string, values?: Readonly<Record<string, JsonValue>>): Skeleton => {
  const rules = rulesOf(condition);
  return makeSkeleton(rules, rules.find('R')!, values && new Map(Object.entries(values)));
};

const shown = (facts: readonly Fact[] | undefined): string =>
  (facts ?? [])
    .map(({ field, value }) => `${field}=${Array.isArray(value) ? `[${value.join()}]` : String(value)}`)
    .join(' ');

const firing = ({ test }: Skeleton): string =>
  test.todo === undefined ? shown(test.fires[0]?.facts) : 'none';

describe('tests to begin with', () => {
  describe('from conditions', () => {
    const exec = 'evt.type=execve';
    const open = 'evt.type=openat';
    for (const [condition, facts, silent] of [
      ['evt.type = execve and proc.name = vi', `${exec} proc.name=vi`, `${exec} proc.name=sample`],
      [
        'evt.type in (execve, execveat) and proc.name in (shells)',
        `${exec} proc.name=bash`,
        `${exec} proc.name=sample`,
      ],
      ['evt.type = execve and proc.name != test', `${exec} proc.name=sample`, `${exec} proc.name=test`],
      [
        'evt.type = execve and container.id != host',
        `${exec} container.id=3f2a9c0d1b77`,
        `${exec} container.id=host`,
      ],
      [
        'evt.type = execve and not proc.name in (test, vi)',
        `${exec} proc.name=sample`,
        `${exec} proc.name=test`,
      ],
      ['evt.type = execve and user.uid > 1000', `${exec} user.uid=1001`, `${exec} user.uid=1000`],
      ['evt.type = execve and proc.tty != 0', `${exec} proc.tty=34816`, `${exec} proc.tty=0`],
      ['evt.type = execve and (never or proc.name = a)', `${exec} proc.name=a`, `${exec} proc.name=sample`],
      [
        'evt.type = execve and proc.name startswith a and proc.name endswith b',
        `${exec} proc.name=ab`,
        undefined,
      ],
      ['evt.type = execve and proc.args contains "-x"', `${exec} proc.args=-x`, undefined],
      ['evt.type = execve and proc.name glob "kube*"', `${exec} proc.name=kubesample`, undefined],
      ['evt.type = execve and proc.name regex "^py[a-z]+3$"', `${exec} proc.name=pya3`, undefined],
      ['evt.type = execve and proc.aname in (shells)', `${exec} proc.pname=bash`, undefined],
      ['evt.type = execve and proc.aname[3] = cron', `${exec} proc.aname[3]=cron`, undefined],
      ['evt.type = execve and toupper(proc.name) = VI', `${exec} proc.name=VI`, undefined],
      [
        'evt.type in (open, openat) and fd.name startswith /etc/ and evt.is_open_write = true',
        `${open} fd.name=/etc/sample evt.is_open_write=true`,
        undefined,
      ],
      [
        'evt.type = openat and fd.name pmatch (/root/.ssh, /home) and fd.filename startswith id_',
        `${open} fd.name=/root/.ssh/id_sample`,
        undefined,
      ],
      [
        'evt.type = openat and fd.directory = /etc and evt.arg.flags contains O_TRUNC',
        `${open} fd.directory=/etc evt.arg.flags=O_TRUNC`,
        undefined,
      ],
      [
        'evt.type = connect and fd.snet in ("10.0.0.0/8") and fd.sport = 22',
        'evt.type=connect fd.sip=10.0.0.0 fd.sport=22',
        undefined,
      ],
      ['evt.type = execve and proc.name = a and proc.name = b', 'none', undefined],
    ] as const)
      it(condition, () => {
        const skeleton = skeletonOf(condition);
        expect(firing(skeleton)).to.equal(facts);
        expect(skeleton.fires).to.equal(facts !== 'none');
        if (silent !== undefined) expect(shown(skeleton.test.silent[0]?.facts)).to.equal(silent);
      });
  });

  describe('from alerts', () => {
    const condition =
      'evt.type in (execve, openat) and proc.name in (shells) and (proc.pname = cron or user.uid = 33)';
    for (const [name, values, facts] of [
      [
        'keep what matters',
        { 'evt.type': 'execve', 'proc.name': 'sh', 'proc.pname': 'nginx', 'user.uid': 33, 'fd.name': '<NA>' },
        'evt.type=execve proc.name=sh user.uid=33',
      ],
      [
        'lack what the output does not name',
        { 'proc.name': 'sh' },
        'evt.type=openat proc.name=sh proc.pname=cron',
      ],
      [
        'may hold what cannot be',
        {
          'evt.type': 'openat',
          'proc.name': 'sh',
          'proc.pname': 'cron',
          'proc.cmdline': 'other',
          'evt.num': 7,
        },
        'evt.type=openat proc.name=sh proc.pname=cron',
      ],
      [
        'may be about something else',
        { 'proc.name': 'vi', 'user.uid': 5 },
        'evt.type=openat proc.name=bash proc.pname=cron',
      ],
    ] as const)
      it(name, () => expect(firing(skeletonOf(condition, values))).to.equal(facts));
  });

  it('are written so that they are read as they are meant', () => {
    const facts = (value: string): readonly Fact[] => [
      { field: 'evt.type', value: 'execve' },
      { field: 'proc.aname[2]', value },
    ];
    const cases = ['null', '~', 'a: b', "it's", '# x', 'a,b', '007', 'yes', ' a', '\u0001', 'ä', '{'].map(
      (value) => ({ facts: facts(value) }),
    );
    expect(skeletonText([{ rule: 'A: b', fires: cases, silent: [] }], ['a b.yaml', '- x'])).to
      .equal(`rules: [a b.yaml, "- x"]
tests:
  - rule: "A: b"
    base: {evt.type: execve}
    fires:
${['"null"', '"~"', '"a: b"', '"it\'s"', '"# x"', '"a,b"', '007', 'yes', '" a"', '"\\u0001"', '"ä"', '"{"'].map((value) => `      - {"proc.aname[2]": ${value}}\n`).join('')}`);
  });
});
