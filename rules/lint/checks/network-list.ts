import type { LintCheck } from '../check.ts';
import { exampleRule, NETWORK_OUTPUT } from '../example.ts';
import { fieldOf, operatorOf, type CheckNode } from '../../model/condition-node.ts';

const rule = (condition: string): string =>
  exampleRule({ condition: `evt.type = connect and ${condition}`, output: NETWORK_OUTPUT });

export const networkList: LintCheck = {
  code: 'network-list',
  severity: 'error',
  what: 'Lists of addresses, networks or ports where Falco does not look at the whole list.',
  why: '`fd.ip in (…)` is never true. `fd.net in (…)` looks at the first network only. `fd.ip`, `fd.net` and `fd.port` ignore modifiers (`= anyof (…)`) and take the first value. `= anyof` of the networks of one end (`fd.snet` and its like) is never true, `!= allof` always. These are defects of Falco 0.44, and rules must live with them.',
  bad: rule('fd.ip in (198.51.100.7, 203.0.113.9)'),
  good: rule('fd.sip in (198.51.100.7, 203.0.113.9)'),
  *check(model) {
    for (const node of model.checks()) {
      const problem = problemOf(node);
      if (problem !== undefined) yield { place: node.place, ...problem };
    }
  },
};

function problemOf(node: CheckNode): { message: string; hint: string } | undefined {
  const { check } = node;
  const name = fieldOf(node);
  const operator = operatorOf(node);
  const [op = '', modifier] = operator.split(' ');
  if (name === 'fd.ip' && (op === 'in' || op === 'intersects'))
    return {
      message: `\`fd.ip ${op}\` is never true in Falco`,
      hint: 'write fd.sip in (…) or fd.cip in (…), or one `fd.ip = …` for each address',
    };
  if (name === 'fd.net' && op === 'in' && check.values.length > 1)
    return {
      message: '`fd.net in` looks at the first network of its list only',
      hint: 'write fd.snet in (…) or fd.cnet in (…), or one `fd.net = …` for each network',
    };
  if (
    ['fd.ip', 'fd.net', 'fd.port', 'fd.proto'].includes(name ?? '') &&
    modifier !== undefined &&
    check.values.length > 1
  )
    return {
      message: `${name} ignores \`${modifier}\` and looks at the first value only`,
      hint: 'write one comparison for each value, with `or` between them',
    };
  if (/^fd\.[cslr]net$/.test(name ?? '') && (operator === '= anyof' || operator === '== anyof'))
    return { message: `\`${name} ${operator}\` is never true in Falco`, hint: `write ${name} in (…)` };
  if (/^fd\.[cslr]net$/.test(name ?? '') && operator === '!= allof')
    return { message: `\`${name} ${operator}\` is always true in Falco`, hint: `write not ${name} in (…)` };
  return undefined;
}
