import { expect } from 'chai';
import { parse } from 'yaml';
import { bindField, fromBytes, toBytes } from '../../../engine/index.ts';
import { carriedFields, FEED_TAG, makeFeedRule, type FeedRule } from '../../../rules/feed/feed-rule.ts';
import { engineLanguage } from '../../../rules/language.ts';
import { loadRules } from '../../../rules/load.ts';

interface Written {
  readonly rule: string;
  readonly condition: string;
  readonly output: string;
  readonly priority: string;
  readonly tags: readonly string[];
}

function load(text: string) {
  const loaded = loadRules([{ name: 'r.yaml', content: toBytes(text) }], engineLanguage);
  expect(loaded.diagnostics.filter(({ severity }) => severity === 'error')).to.deep.equal([]);
  return loaded.rules;
}

/** The feed rule of some conditions with an output each. */
function feedOf(
  ...rules: readonly (readonly [condition: string, output: string])[]
): FeedRule & { written: Written } {
  const text = rules
    .map(
      ([condition, output], n) =>
        `- rule: R${n}\n  desc: d\n  condition: ${JSON.stringify(condition)}\n  output: ${JSON.stringify(output)}\n  priority: INFO\n  warn_evttypes: false\n`,
    )
    .join('');
  const feed = makeFeedRule({ rules: load(text), lookup: bindField, name: 'my feed' });
  return { ...feed, written: (parse(feed.text) as Written[])[0]! };
}

describe('a feed rule', () => {
  it('is a rule for Falco with a name, a tag and the lowest priority', () => {
    const { written, text } = feedOf(['evt.type = open', 'x']);
    expect(written).to.include({ rule: 'my feed', priority: 'DEBUG', condition: 'evt.type in (open)' });
    expect(written.tags).to.deep.equal([FEED_TAG]);
    expect(text).to.include('rule_matching: all');
  });

  it('asks for the events of all rules', () => {
    const { events } = feedOf(
      ['evt.type in (open, openat) and fd.name = a', 'x'],
      ['evt.type = connect or (evt.type = reboot and proc.name = a)', 'x'],
      ['evt.type = asyncevent', 'x'],
    );
    expect(events).to.deep.equal(['asyncevent', 'connect', 'open', 'openat', 'reboot']);
  });

  for (const { is, conditions, gives } of [
    {
      is: 'what all rules demand',
      conditions: [
        'evt.type = open and container.id != host and fd.num > 3',
        'fd.name = "a b" and (container.id != host and evt.type = openat)',
      ],
      gives: 'evt.type in (open, openat) and container.id != host',
    },
    {
      is: 'nothing that only one demands',
      conditions: ['evt.type = open and fd.num > 3', 'evt.type = open and fd.num > 4'],
      gives: 'evt.type in (open)',
    },
    {
      is: 'nothing below an or',
      conditions: [
        'evt.type = open and (fd.num > 3 or fd.name = a)',
        'evt.type = open and (fd.num > 3 or fd.name = b)',
      ],
      gives: 'evt.type in (open)',
    },
    {
      is: 'an or that all demand',
      conditions: [
        'evt.type = open and (fd.num > 3 or fd.name = "x y")',
        'evt.type = close and (fd.num > 3 or fd.name = "x y")',
      ],
      gives: 'evt.type in (close, open) and (fd.num > 3 or fd.name = "x y")',
    },
    {
      is: 'a negation that all demand',
      conditions: [
        'evt.type = open and not proc.name in (a, b)',
        'evt.type = close and not proc.name in (a, b)',
      ],
      gives: 'evt.type in (close, open) and not proc.name in (a, b)',
    },
    {
      is: 'nothing that depends on who reads it',
      conditions: ['evt.type = open and evt.deltatime > 5', 'evt.type = close and evt.deltatime > 5'],
      gives: 'evt.type in (close, open)',
    },
    {
      is: 'no condition on types where a rule asks all',
      conditions: ['fd.name = a', 'evt.type = open and fd.name = a'],
      gives: 'fd.name = a',
    },
    { is: 'something in any case', conditions: ['fd.name = a', 'fd.name = b'], gives: 'evt.type exists' },
  ])
    // prettier-ignore
    it(`has in its condition ${is}`, () => {
      const { written } = feedOf(...conditions.map((condition) => [condition, 'x'] as const));
      expect(written.condition).to.equal(gives);
    });

  it('carries the fields of conditions and outputs, and each once', () => {
    const { fields, written } = feedOf(
      ['evt.type = open and toupper(fd.name) = A and proc.name = val(proc.pname)', '%proc.name %toupper(user.name) %evt.time %proc.env[A]'],
      ['evt.type = open and fd.snet = "10.0.0.0/8" and fd.port = 1', '%proc.aname[2] %evt.rawarg.flags %proc.name'],
    ); // prettier-ignore
    expect(fields).to.deep.equal([
      'evt.rawarg.flags', 'evt.type', 'fd.cport', 'fd.name', 'fd.num', 'fd.sip', 'fd.sport', 'proc.aname[2]', 'proc.env[A]', 'proc.name', 'proc.pname', 'user.name',
    ]); // prettier-ignore
    for (const field of fields) expect(written.output).to.include(`%${field}`);
  });

  for (const [condition, field] of [
    ['evt.buffer contains x', 'evt.buffer'],
    ['evt.deltatime > 5', 'evt.deltatime'],
    ['fd.sip.name = example.org', 'fd.sip.name'],
    ['proc.aenv contains x', 'proc.aenv'],
    ['evt.rawarg.data exists', 'evt.rawarg.data'],
    ['evt.around[1] = 5', 'evt.around[1]'],
    ['thread.cpu > 3', 'thread.cpu'],
  ] as const)
    it(`says that it cannot carry ${field}`, () => {
      const { left } = feedOf([`evt.type = read and ${condition}`, 'x']);
      expect(left.map((one) => [one.rule, one.field, one.use])).to.deep.equal([['R0', field, 'condition']]);
      expect(left[0]!.remark).to.have.length.above(20);
    });

  it('says what it carries with a limit', () => {
    const { limited, left } = feedOf(
      ['evt.type = execve and proc.aname = a and fd.ip = "1.2.3.4"', 'x'],
      ['evt.type = open and fd.types intersects (file)', 'x'],
    );
    expect(left).to.deep.equal([]);
    expect(limited.map(({ field }) => field)).to.deep.equal(['proc.aname', 'fd.ip', 'fd.types']);
  });

  it('loads, and what it carries is read from it', () => {
    const feed = feedOf(['evt.type = open and proc.aname = x', '%fd.name']);
    const carried = carriedFields(load(feed.text))!;
    expect([...carried].map(fromBytes).sort()).to.deep.equal([...feed.fields].sort());
    expect(
      carriedFields(load('- {rule: r, desc: d, condition: evt.type = open, output: x, priority: INFO}')),
    ).to.equal(undefined);
  });
});
