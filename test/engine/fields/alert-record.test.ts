import { expect } from 'chai';
import {
  ALERT_FIELD_NAMES,
  AlertFields,
  AlertRecord,
  compileCondition,
  ConditionError,
  Double,
  evaluate,
  Event,
  fromBytes,
  parse,
  print,
  toBytes,
  type JsonValue,
} from '../../../engine/index.ts';

const values = new Map<string, JsonValue>(
  Object.entries({
    rule: 'Terminal shell in container',
    priority: 'Warning',
    source: 'syscall',
    hostname: 'node-1',
    tags: ['shell', 'mitre_execution'],
    output: '12:00:00.000000000: Warning shell',
    input: 'falco',
    'output_fields[cluster]': 'eu',
    'proc.name': 'bash',
    'proc.pid': 42,
    'proc.aname[2]': 'sshd',
    'fd.rport': 443,
    'fd.sip': '10.1.2.3',
    'ka.user.name': 'eve',
    'ka.verbs': ['get', 'list'],
    'app.count': 10,
    'app.load': new Double(2.5),
    'app.on': true,
    'user.name': null,
    'k8s.ns.name': 'prod',
  }),
);

function holds(text: string): boolean {
  const record = new AlertRecord();
  const condition = compileCondition(parse(toBytes(text), { plainFields: ALERT_FIELD_NAMES }), record.bind);
  record.values = values;
  return evaluate(condition.tree, new Event());
}

describe('AlertRecord', () => {
  const cases: readonly [string, boolean][] = [
    ['rule = "Terminal shell in container"', true],
    ['rule startswith Terminal and source = syscall', true],
    ['tolower(rule) contains shell', true],
    ['rule in (a, "Terminal shell in container")', true],
    ['priority >= warning', true],
    ['priority >= WARNING', true],
    ['priority > warning', false],
    ['priority > notice', true],
    ['priority < error', true],
    ['priority <= Warning', true],
    ['priority >= "critical"', false],
    ['priority = warning', true],
    ['priority != warning', false],
    ['priority in (warning, emergency)', true],
    ['priority < emergency and priority > debug', true],
    ['priority > info', true],
    ['priority exists', true],
    ['tags intersects (network, shell)', true],
    ['tags intersects (network)', false],
    ['tags in (shell, mitre_execution, other)', true],
    ['tags in (shell)', false],
    ['hostname glob node-*', true],
    ['input = falco', true],
    ['output contains shell', true],
    ['output_fields[cluster] = eu', true],
    ['output_fields[other] exists', false],
    ['not output_fields[other] exists', true],
    ['proc.name = bash and proc.pid > 41', true],
    ['proc.aname[2] = sshd', true],
    ['fd.rport = https', true],
    ['fd.sip in (10.1.2.3)', true],
    ['ka.user.name = eve', true],
    ['ka.user.name in (eve, adam)', true],
    ['ka.user.name startswith oneof (e, a)', true],
    ['ka.verbs contains list', true],
    ['app.count > 9', true],
    ['app.count < 9', false],
    ['app.load >= 2', true],
    ['app.on = true', true],
    ['ka.user.name > 5', false],
    ['ka.user.name < 5', false],
    ['ka.nothing = x', false],
    ['ka.nothing != x', false],
    ['user.name = root', false],
    ['user.name != root', false],
    ['k8s.ns.name in (prod, live)', true],
    ['concat(k8s.ns.name, "/", ka.user.name) = prod/eve', true],
    ['output_fields[cluster] = val(ka.user.name)', false],
  ];
  for (const [text, expected] of cases) it(text, () => expect(holds(text)).to.equal(expected));

  const wrong: readonly [string, RegExp, number][] = [
    [
      'priority >= urgent',
      /'urgent' is no priority: priorities are, from low to high, debug, informational/,
      1,
    ],
    ['priority > 4', /'4' is no priority/, 1],
    ['rule[1] = x', /nonexistent field rule\[1\]/, 1],
    ['proc.name[1] = x', /nonexistent field proc.name\[1\]/, 1],
    ['output_fields = x', /needs the name of a field/, 1],
    ['rule = x and cluster = y', /unexpected token after 'cluster'/, 22],
    ['shell_started', /unexpected identifier 'shell_started'/, 1],
    ['tags = shell', /operator not supported/, 1],
    ['priority contains a', /operator not supported/, 1],
    ['rule >= ', /expected a number value/, 9],
  ];
  for (const [text, message, column] of wrong)
    it(`refuses ${text}`, () => {
      try {
        holds(text);
      } catch (error) {
        expect(error).to.be.instanceOf(ConditionError);
        expect((error as ConditionError).message).to.match(message);
        expect((error as ConditionError).position.column).to.equal(column);
        return;
      }
      expect.fail('an error was expected');
    });

  it('leaves Falco’s own parsing as it is', () => {
    expect(() => parse(toBytes('rule = x'))).to.throw("unexpected token after 'rule'");
    expect(() => parse(toBytes('evt.num > five'))).to.throw('expected a number value');
    expect(() => parse(toBytes('evt.num > five'), { plainFields: ALERT_FIELD_NAMES })).to.throw(
      'expected a number value',
    );
    const text = 'rule_started and (source = x or not tags_of_rule)';
    expect(fromBytes(print(parse(toBytes(text), { plainFields: ALERT_FIELD_NAMES })))).to.equal(
      '(rule_started and (source = x or not tags_of_rule))',
    );
  });
});

describe('AlertFields', () => {
  it('reads a field that changes with each reading of an event anew for each alert', () => {
    const fields = new AlertFields();
    const { tree } = compileCondition(parse('evt.deltatime = 5'), fields.bind);
    const event = new Event();
    const outcomes = [5, 6, 5].map((value) => {
      fields.values = new Map([['evt.deltatime', value]]);
      return evaluate(tree, event);
    });
    expect(outcomes).to.deep.equal([true, false, true]);
  });
});
