import { expect } from 'chai';
import fc from 'fast-check';
import { parse, type Expr } from '../../../engine/index.ts';
import { engineLanguage, type Effect } from '../../../rules/index.ts';
import { compareConditions } from '../../../rules/diff/condition.ts';
import { conditionEffect, ruleEffect } from '../../../rules/diff/effect.ts';
import { PartTable } from '../../../rules/diff/parts.ts';

const compare = (old: Expr, next: Expr): ReturnType<typeof compareConditions> => {
  const table = new PartTable();
  return compareConditions(table.partOf(old), table.partOf(next));
};

const effectOf = (old: string, next: string): Effect => {
  const [a, b] = [parse(old), parse(next)];
  const sides = [a, b].map((expr) => ({
    condition: engineLanguage.compile(expr, 'syscall'),
    source: 'syscall',
  }));
  return ruleEffect(sides[0]!, sides[1]!, compare(a, b), engineLanguage);
};

describe('ruleEffect', () => {
  const OPEN = 'evt.type = open and ';
  const cases: [old: string, next: string, effect: Effect][] = [
    ['fd.num = 1', 'fd.num = 1 and fd.num = 2', 'less'],
    ['fd.num = 1', 'fd.num = 1 or fd.num = 2', 'more'],
    ['fd.num = 1', 'fd.num = 2', 'unknown'],
    ['fd.num = 1 and fd.num = 2', 'fd.num = 2 and fd.num = 1', 'same'],
    ['fd.num = 1 and proc.pid = 2', 'fd.num = 1', 'more'],
    ['fd.num = 1 and proc.pid = 2', 'fd.num = 1 and proc.pid = 3', 'unknown'],
    ['fd.num = 1 and not proc.pid = 2', 'fd.num = 1 and not (proc.pid = 2 or proc.pid = 3)', 'less'],
    ['fd.num = 1 and proc.name in (a)', 'fd.num = 1 and proc.name in (b, a)', 'more'],
    ['fd.num = 1 and proc.name in (a)', 'proc.name in (b, a)', 'more'],
    ['fd.num = 1 and proc.name in (a, b)', 'proc.name in (b)', 'unknown'],
    ['not proc.name in (a)', 'not proc.name in (b, a)', 'less'],
    ['proc.name in (a, b)', 'proc.name in (b, a)', 'same'],
    ['proc.name in (a)', 'proc.name in (b)', 'unknown'],
    ['proc.aname in (a)', 'proc.aname in (a, b)', 'more'],
    ['fd.types in (ipv4)', 'fd.types in (ipv4, file)', 'more'],
    ['fd.snet in (10.0.0.0/8)', 'fd.snet in (10.0.0.0/8, 127.0.0.0/8)', 'more'],
    ['fd.sport in (80)', 'fd.sport in (80, 443)', 'more'],
    // These look at their first item only.
    ['fd.net in (10.0.0.0/8)', 'fd.net in (127.0.0.0/8, 10.0.0.0/8)', 'unknown'],
    ['fd.net in (10.0.0.0/8, 127.0.0.0/8)', 'fd.net in (127.0.0.0/8, 10.0.0.0/8)', 'unknown'],
    ['proc.aname startswith anyof (a)', 'proc.aname startswith anyof (b, a)', 'unknown'],
    ['fd.name pmatch (/etc)', 'fd.name pmatch (/etc, /usr/bin)', 'more'],
    ['fd.name pmatch (/etc)', 'fd.name pmatch (/etc, /usr/*)', 'unknown'],
    ['fd.name startswith anyof (/etc)', 'fd.name startswith anyof (/etc, /usr)', 'more'],
    ['fd.name contains allof (a)', 'fd.name contains allof (a, b)', 'less'],
    ['fd.name contains allof ()', 'fd.name contains allof (a)', 'unknown'],
    ['fd.name contains oneof (a)', 'fd.name contains oneof (a, b)', 'unknown'],
    // Which checks are made decides what these find.
    ['evt.deltatime > 5', 'evt.deltatime > 5 and fd.num = 1', 'unknown'],
    // The event types at which a rule is asked change in the same direction.
    [`${OPEN}fd.num = 1`, `${OPEN}fd.num = 1 and fd.num = 2`, 'less'],
    ['fd.num = 1', `${OPEN}fd.num = 1`, 'less'],
    ['evt.type in (open)', 'evt.type in (open, openat)', 'more'],
    ['not (evt.type = open and fd.num = 1)', 'not (evt.type = open and fd.num = 1 and fd.num = 2)', 'more'],
  ];
  for (const [old, next, effect] of cases)
    it(`${old} → ${next}: ${effect}`, () => expect(effectOf(old, next)).to.equal(effect));

  it('says nothing of a rule for another source', () => {
    const expr = parse('fd.num = 1');
    const condition = engineLanguage.compile(expr, 'syscall');
    const sides = ['syscall', 'other'].map((source) => ({ condition, source }));
    expect(ruleEffect(sides[0]!, sides[1]!, compare(expr, expr), engineLanguage)).to.equal('unknown');
  });
});

/** A condition of checks whose values are chosen freely. */
type Tree =
  | { readonly op: 'and' | 'or'; readonly children: readonly Tree[] }
  | { readonly op: 'not'; readonly child: Tree }
  | { readonly op: 'flag'; readonly flag: number }
  | { readonly op: 'in' | 'allof'; readonly items: readonly string[] };

interface World {
  readonly flags: number;
  readonly name: string;
  readonly path: string;
}

const WORLDS: readonly World[] = ['a', 'b', 'c'].flatMap((name) =>
  ['', 'a', 'ab', 'abc', 'c'].flatMap((path) =>
    Array.from({ length: 8 }, (_, flags) => ({ flags, name, path })),
  ),
);

function text(tree: Tree): string {
  switch (tree.op) {
    case 'and':
    case 'or':
      return `(${tree.children.map(text).join(` ${tree.op} `)})`;
    case 'not':
      return `not ${text(tree.child)}`;
    case 'flag':
      return `fd.num = ${tree.flag}`;
    case 'in':
      return `proc.name in (${tree.items.join(', ')})`;
    case 'allof':
      return `fd.name contains allof (${tree.items.join(', ')})`;
  }
}

function holds(tree: Tree, world: World): boolean {
  switch (tree.op) {
    case 'and':
      return tree.children.every((child) => holds(child, world));
    case 'or':
      return tree.children.some((child) => holds(child, world));
    case 'not':
      return !holds(tree.child, world);
    case 'flag':
      return ((world.flags >> tree.flag) & 1) === 1;
    case 'in':
      return tree.items.includes(world.name);
    case 'allof':
      return tree.items.length > 0 && tree.items.every((item) => world.path.includes(item));
  }
}

const items = fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 });
const { tree: anyTree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ op: fc.constant('flag' as const), flag: fc.nat(2) }),
    fc.record({ op: fc.constantFrom('in' as const, 'allof' as const), items }),
    fc.record({ op: fc.constant('not' as const), child: tie('tree') }),
    fc.record({
      op: fc.constantFrom('and' as const, 'or' as const),
      children: fc.array(tie('tree'), { minLength: 2, maxLength: 4 }),
    }),
  ),
}));

/** One edit of a condition: the node of this number (counted from the root) is combined with another, or loses something. */
const anyEdit = fc.record({
  at: fc.nat(12),
  kind: fc.constantFrom('and' as const, 'or' as const, 'drop' as const, 'items' as const, 'turn' as const),
  other: anyTree,
  items,
});
type Edit = typeof anyEdit extends fc.Arbitrary<infer E> ? E : never;

function edited(tree: Tree, edit: Edit): Tree {
  let number = 0;
  const visit = (node: Tree): Tree => {
    if (number++ === edit.at) return change(node, edit);
    switch (node.op) {
      case 'and':
      case 'or':
        return { ...node, children: node.children.map(visit) };
      case 'not':
        return { ...node, child: visit(node.child) };
      default:
        return node;
    }
  };
  return visit(tree);
}

function change(node: Tree, { kind, other, items: more }: Edit): Tree {
  switch (kind) {
    case 'and':
    case 'or':
      return { op: kind, children: [node, other] };
    case 'drop':
      return 'children' in node && node.children.length > 2
        ? { ...node, children: node.children.slice(1) }
        : node;
    case 'items':
      return 'items' in node ? { ...node, items: more } : node;
    case 'turn':
      return 'children' in node ? { ...node, children: [...node.children].reverse() } : node;
  }
}

describe('conditionEffect', () => {
  it('says only what is true of every event', () => {
    const said = new Map<Effect, number>();
    fc.assert(
      fc.property(anyTree, fc.array(anyEdit, { minLength: 1, maxLength: 2 }), (old, edits) => {
        const next = edits.reduce(edited, old);
        const effect = conditionEffect(
          compare(parse(text(old)), parse(text(next))),
          engineLanguage,
          'syscall',
        );
        said.set(effect, (said.get(effect) ?? 0) + 1);
        for (const world of WORLDS) {
          const [before, after] = [holds(old, world), holds(next, world)];
          if (effect === 'same') expect(after).to.equal(before);
          if (effect === 'more' && before) expect(after).to.equal(true);
          if (effect === 'less' && after) expect(before).to.equal(true);
        }
      }),
      { numRuns: 3000 },
    );
    // Otherwise it would say nothing at all.
    expect([...said.keys()]).to.have.members(['more', 'less', 'same', 'unknown']);
  });
});
