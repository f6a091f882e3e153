import { expect } from 'chai';
import fc from 'fast-check';
import { toBytes, type FieldValue } from '../../../../engine/index.ts';
import { engineLanguage, loadRules } from '../../../../rules/index.ts';
import { RuleModel } from '../../../../rules/model/model.ts';
import type { ConditionNode } from '../../../../rules/model/condition-node.ts';
import { holds } from '../../../../rules/model/reasoning/reasoner.ts';
import { rule } from '../../lint/lint-text.ts';

/** Fields with the values that events are tried with; a missing one besides. */
const VALUES: Readonly<Record<string, readonly FieldValue[]>> = {
  'proc.name': ['', 'a', 'ab', 'aba', 'b', 'ba', 'abc', 'Ab'],
  'proc.pname': ['a', 'ab', 'b'],
  'fd.num': [-1, 0, 1, 2, 3],
};

const text = fc.constantFrom('a', 'ab', 'b', 'ba', 'abc');
const textCheck = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('proc.name', 'proc.pname'),
      fc.constantFrom(
        '=',
        '!=',
        'startswith',
        'endswith',
        'contains',
        'icontains',
        '= anyof',
        'startswith oneof',
      ),
      text,
      text,
    )
    .map(([field, op, one, other]) => `${field} ${op} ${op.includes(' ') ? `(${one}, ${other})` : one}`),
  fc
    .tuple(fc.constantFrom('proc.name', 'proc.pname'), fc.array(text, { maxLength: 3 }))
    .map(([field, values]) => `${field} in (${values.join(', ')})`),
  fc.tuple(text, text).map(([one, other]) => `proc.name glob ${one}*${other}`),
  fc.constantFrom('proc.name exists', 'proc.pname exists'),
);
const numberCheck = fc
  .tuple(fc.constantFrom('=', '!=', '<', '<=', '>', '>='), fc.integer({ min: -1, max: 3 }))
  .map(([op, value]) => `fd.num ${op} ${value}`);

const condition = fc.letrec<{ tree: string; leaf: string }>((tie) => ({
  leaf: fc.oneof(textCheck, numberCheck),
  tree: fc.oneof(
    { maxDepth: 4 },
    tie('leaf'),
    tie('tree').map((child) => `not (${child})`),
    fc
      .tuple(fc.constantFrom(' and ', ' or '), fc.array(tie('tree'), { minLength: 2, maxLength: 4 }))
      .map(([op, parts]) => parts.map((part) => `(${part})`).join(op)),
  ),
})).tree;

type Values = ReadonlyMap<string, FieldValue | undefined>;

function evaluate(node: ConditionNode, values: Values): boolean {
  switch (node.kind) {
    case 'check': {
      const value = values.get(node.check.leftKey);
      return value !== undefined && node.check.accepts!(value);
    }
    case 'not':
      return !evaluate(node.child, values);
    case 'macro':
      return evaluate(node.body, values);
    case 'and':
      return node.children.every((child) => evaluate(child, values));
    case 'or':
      return node.children.some((child) => evaluate(child, values));
  }
}

function* assignments(): Generator<Values> {
  for (const name of [undefined, ...VALUES['proc.name']!])
    for (const parent of [undefined, ...VALUES['proc.pname']!])
      for (const num of [undefined, ...VALUES['fd.num']!])
        yield new Map([
          ['proc.name', name],
          ['proc.pname', parent],
          ['fd.num', num],
        ]);
}

function modelOf(text: string): RuleModel {
  const files = [{ name: 'a.yaml', content: toBytes(rule(text)) }];
  return new RuleModel(files, loadRules(files, engineLanguage), engineLanguage);
}

describe('the reasoner', function () {
  this.timeout(60_000);

  it('never denies what an event can satisfy', () =>
    fc.assert(
      fc.property(condition, (text) => {
        const model = modelOf(`evt.type = openat and (${text})`);
        const [{ condition: node, codes }] = model.rules as [(typeof model.rules)[number]];
        const [, part] = node.kind === 'and' ? node.children : [];
        const satisfiable = [...assignments()].some((values) => evaluate(part!, values));
        if (satisfiable) expect(model.reasoner.canHold([holds(node)], codes), text).to.equal(true);
      }),
      { numRuns: 300 },
    ));

  it('gives an example only of what follows', () =>
    fc.assert(
      fc.property(condition, condition, (given, other) => {
        const model = modelOf(`evt.type = openat and ((${given}) or not (${other}))`);
        const [{ condition: node, codes }] = model.rules as [(typeof model.rules)[number]];
        const isTrue = model.reasoner.example([holds(node)], codes);
        if (isTrue !== undefined) expect(isTrue(node)).to.equal(true);
      }),
      { numRuns: 200 },
    ));

  it('gives up in a bounded time, and then claims nothing', () => {
    // Pigeons and holes: no short proof.
    const pigeons = Array.from({ length: 9 }, (_, i) => i);
    const holes = pigeons.slice(1);
    const sits = (pigeon: number, hole: number): string => `proc.aname[${pigeon * 10 + hole + 2}] = x`;
    const everyone = pigeons.map((pigeon) => `(${holes.map((hole) => sits(pigeon, hole)).join(' or ')})`);
    const alone = holes.flatMap((hole) =>
      pigeons.flatMap((one) =>
        pigeons
          .filter((other) => other > one)
          .map((other) => `not (${sits(one, hole)} and ${sits(other, hole)})`),
      ),
    );
    const model = modelOf([...everyone, ...alone].join(' and '));
    const [{ condition: node, codes }] = model.rules as [(typeof model.rules)[number]];
    expect(model.reasoner.canHold([holds(node)], codes)).to.equal(true);
  });
});
