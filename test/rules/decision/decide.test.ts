import { expect } from 'chai';
import { join } from 'node:path';
import { readRuleFiles } from '../../../daemon/index.ts';
import { readCapture } from '../../../daemon/capture.ts';
import type { Event } from '../../../engine/index.ts';
import { AlertFields, alertValues, fromBytes, toBytes, type JsonInputObject } from '../../../engine/index.ts';
import {
  alertProbe,
  decide,
  decisiveChecks,
  engineLanguage,
  eventProbe,
  languageWith,
  loadRules,
  obstacles,
  RuleModel,
  writtenCheck,
  type ModelRule,
  type Probe,
} from '../../../rules/index.ts';

const root = join(import.meta.dirname, '../../..');

const ruleFile = (condition: string, more = ''): string => `
- list: shells
  items: [bash, zsh]
- macro: in_container
  condition: (container.id != host)
- macro: shell
  condition: proc.name in (shells, fish) or proc.name = sh
- rule: R
  desc: d
  condition: ${condition}
  output: o
  priority: INFO
${more}`;

/** The rule of a file, bound to the fields of an alert with these values. */
function ruleOver(values: JsonInputObject, content: string): { rule: ModelRule; probe: Probe } {
  const fields = new AlertFields();
  fields.values = alertValues(values);
  const files = [{ name: 'r.yaml', content: toBytes(content) }];
  const language = languageWith({ bind: fields.bind });
  const loaded = loadRules(files, language);
  expect(loaded.diagnostics.filter(({ severity }) => severity === 'error')).to.deep.equal([]);
  return { rule: new RuleModel(files, loaded, language).rules[0]!, probe: alertProbe(fields) };
}

interface Case {
  readonly condition: string;
  readonly values: JsonInputObject;
  readonly outcome: string;
  /** The checks on which the result rests. */
  readonly decisive: readonly string[];
  /** The checks that would have to come out otherwise. */
  readonly obstacles: readonly string[];
}

const CASES: readonly Case[] = [
  {
    condition: 'in_container and shell',
    values: { 'container.id': 'host', 'proc.name': 'bash' },
    outcome: 'false',
    decisive: ['container.id != host'],
    obstacles: ['container.id != host'],
  },
  {
    condition: 'in_container and shell',
    values: { 'container.id': 'abc', 'proc.name': 'bash' },
    outcome: 'true',
    decisive: ['container.id != host', 'proc.name in (shells, fish)'],
    obstacles: [],
  },
  {
    condition: 'in_container and shell',
    values: { 'container.id': 'abc', 'proc.name': 'vi' },
    outcome: 'false',
    decisive: ['proc.name in (shells, fish)', 'proc.name = sh'],
    obstacles: ['proc.name in (shells, fish)'],
  },
  {
    condition: 'in_container and not shell',
    values: { 'container.id': 'abc', 'proc.name': 'sh' },
    outcome: 'false',
    decisive: ['proc.name = sh'],
    obstacles: ['proc.name = sh'],
  },
  {
    condition: 'in_container and not shell',
    values: { 'container.id': 'host', 'proc.name': 'sh' },
    outcome: 'false',
    decisive: ['container.id != host'],
    obstacles: ['container.id != host', 'proc.name = sh'],
  },
  {
    condition: 'in_container and shell',
    values: { 'proc.name': 'bash' },
    outcome: 'unknown',
    decisive: ['container.id != host'],
    obstacles: ['container.id != host'],
  },
  {
    condition: 'in_container and shell',
    values: { 'proc.name': 'vi' },
    outcome: 'false',
    decisive: ['proc.name in (shells, fish)', 'proc.name = sh'],
    obstacles: ['container.id != host', 'proc.name in (shells, fish)'],
  },
  {
    condition: 'fd.sport in (80, 443) and fd.sip = 10.0.0.1 and tolower(proc.name) = bash',
    values: { 'fd.sport': 443, 'fd.sip': '10.0.0.1', 'proc.name': 'BASH' },
    outcome: 'true',
    decisive: ['fd.sport in (80, 443)', 'fd.sip = 10.0.0.1', 'tolower(proc.name) = bash'],
    obstacles: [],
  },
  {
    condition: 'proc.tty = 0 and proc.pname exists',
    values: { 'proc.tty': 0, 'proc.pname': null },
    outcome: 'false',
    decisive: ['proc.pname exists'],
    obstacles: ['proc.pname exists'],
  },
  {
    condition: 'proc.name = val(proc.pname)',
    values: { 'proc.name': 'sh', 'proc.pname': 'sh' },
    outcome: 'true',
    decisive: ['proc.name = val(proc.pname)'],
    obstacles: [],
  },
  {
    condition: 'proc.pid = 9223372036854775807',
    values: { 'proc.pid': '9223372036854775807' },
    outcome: 'true',
    decisive: ['proc.pid = 9223372036854775807'],
    obstacles: [],
  },
];

describe('decisions', () => {
  for (const { condition, values, outcome, decisive, obstacles: missing } of CASES)
    it(`${condition}, with ${JSON.stringify(values)}: ${outcome}`, () => {
      const { rule, probe } = ruleOver(values, ruleFile(condition));
      const decision = decide(rule.whole, probe);
      expect(decision.outcome).to.equal(outcome);
      expect(
        decisiveChecks(decision).map(({ node }) => node.kind === 'check' && fromBytes(writtenCheck(node))),
      ).to.deep.equal(decisive);
      const found = obstacles(rule.whole, probe, 3)!;
      expect(found.map(({ node }) => fromBytes(writtenCheck(node)))).to.deep.equal(missing);
    });

  it('names the exception that applies', () => {
    const content = ruleFile(
      'evt.type = execve and shell',
      '  exceptions:\n    - {name: known, fields: [proc.name], comps: [=], values: [[bash]]}\n',
    );
    const { rule, probe } = ruleOver({ 'evt.type': 'execve', 'proc.name': 'bash' }, content);
    const [check] = decisiveChecks(decide(rule.whole, probe));
    expect(check!.node).to.equal(rule.exceptions[0]!.condition);
  });

  it('gives up where more is wrong than asked for', () => {
    const { rule, probe } = ruleOver(
      { 'container.id': 'host', 'proc.name': 'vi' },
      ruleFile('in_container and shell'),
    );
    expect(obstacles(rule.whole, probe, 1)).to.equal(undefined);
  });

  it('agree with what the engine does, for every rule that we ship and the events of a recording', async () => {
    const files = readRuleFiles([join(root, 'rules/library')]);
    const loaded = loadRules(files, engineLanguage);
    const { rules } = new RuleModel(files, loaded, engineLanguage);
    let fired = 0;
    let left = 4000;
    await readCapture(join(root, 'test/captures/web-shell-default.scap'), {
      onEvent: (event) => {
        for (const { loaded: rule, codes, whole } of rules) {
          if (!codes.has(event.code)) continue;
          const holds = holdsFor(rule.condition.tree, event);
          const probe = eventProbe(event);
          const agrees =
            decide(whole, probe).outcome === String(holds) &&
            (obstacles(whole, probe, 1)?.length === 0) === holds;
          // An assertion for each would take longer than all the rest.
          if (!agrees) expect.fail(`${fromBytes(rule.name)} at an event ${event.info.name}`);
          if (holds) fired++;
        }
        return --left > 0;
      },
    });
    expect(fired).to.be.greaterThan(10);
  });
});

type Tree = ModelRule['loaded']['condition']['tree'];

function holdsFor(tree: Tree, event: Event): boolean {
  switch (tree.kind) {
    case 'check':
      return tree.check.test(event);
    case 'not':
      return !holdsFor(tree.child, event);
    case 'and':
      return tree.children.every((child) => holdsFor(child, event));
    case 'or':
      return tree.children.some((child) => holdsFor(child, event));
  }
}
